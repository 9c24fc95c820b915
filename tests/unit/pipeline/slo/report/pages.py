"""The day that the golden files tell of. `python -m tests.unit.pipeline.slo.report.pages` writes them anew: read the difference."""

from pathlib import Path
from typing import Final

from correlator.model.finding import Finding
from correlator.pipeline.slo.report import SUFFIXES, ApiLinks, FileLinks, ReportFormat, overview_page, report_page
from correlator.slo.report import ObjectiveReport, Overview, Unreported, line_of, overview_of
from tests.unit.slo.report.reported import DAY, END, START, incident, report
from tests.unit.slo.series import objective

GOLDEN: Final = Path(__file__).parent / "golden"
PUBLIC: Final = "https://correlator.example.com"
TEN: Final = START + 600


def outage_day() -> ObjectiveReport:
    """Ten calls a minute. The bridge fails from 10:00 to 11:20, behind two incidents; three more calls fail; two hours are dark."""
    refused = Finding("orders-db refused connections: OperationalError in invoice-worker.", abstained=False)
    waited = Finding("bridge waited longer than 30 s for <invoice-worker>.", abstained=False)
    return report(
        incident("e1-5d41402abc4b2a76-1", TEN, TEN + 60, 400, "invoice-worker: OperationalError", root_cause=refused),
        incident("e1-9e107d9d372bb682-2", TEN + 40, TEN + 80, 100, "bridge | *timeout* <POST>", root_cause=waited),
        of=objective(period_days=10, description="Of all calls, so many are answered without an error."),
        bad={TEN + minute: 1.0 for minute in range(80)} | {START + 300: 2.0, START + 1_200: 1.0},
        unknown=range(START + 120, START + 240),
    )


def overview_day() -> Overview:
    """The same, one that nothing was heard of, and one whose Prometheus is away."""
    silent = objective(id="queue-errors", service="queue", title="Queue error ratio", period_days=10)
    made = (line_of(outage_day()), line_of(report(of=silent, a_minute=0.0)))
    away = Unreported("shop-availability", "Shop", "Prometheus at http://127.0.0.1:9090 does not answer")
    return overview_of(DAY, END * 60 * 10**9, made, [away])


def pages() -> dict[str, str]:
    """File name to text."""
    written: dict[str, str] = {}
    form: ReportFormat
    for form in ("json", "markdown", "html"):
        links = FileLinks(SUFFIXES[form], PUBLIC)
        written[f"overview{SUFFIXES[form]}"] = overview_page(overview_day(), form, links)
        written[f"day{SUFFIXES[form]}"] = report_page(outage_day(), form, ApiLinks(DAY, form, PUBLIC))
    return written


if __name__ == "__main__":
    for name, text in pages().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
