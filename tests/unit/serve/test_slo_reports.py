"""GET slos/report, slos/{id}/report."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from correlator.model.finding import Finding
from correlator.serve.media_types import preferred
from correlator.serve.schemas.slo_reports import SloReport, SloReportOverview
from correlator.slo.report.calendar_range import day_at
from correlator.store.contract import WatchCommit, WatchState
from tests.unit.pipeline.slo.counted import BRIDGE, ELSEWHERE, QUEUE, an_outage, reader_of
from tests.unit.pipeline.slo.report.pages import GOLDEN
from tests.unit.serve.api import Api, make_api
from tests.unit.slo.report.reported import incident
from tests.unit.slo.series import FIRST, after

CAUSE = "orders-db is down: postgres with password=hunter2"
REPORT = "/api/v1/slos/bridge-availability/report"


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """An outage of the bridge at this moment and its incident, a queue without traffic, and a Prometheus that is down."""
    store, end = an_outage()
    now = after(end)
    made = make_api(
        slos=reader_of(store, BRIDGE, QUEUE, ELSEWHERE, now=end),
        clock_unix_nano=lambda: now,
        public_url="https://c.example",
    )
    theirs = incident("e1-a-1", FIRST + end - 10, None, 40, root_cause=Finding(CAUSE, abstained=False))
    elsewhere = incident("e1-b-1", FIRST + end - 10, None, 40, services=("mail",), systems=("other",))
    for each in (store, made.store):  # the API reads incidents from its own store
        each.commit_watch(WatchCommit(WatchState(), (theirs, elsewhere)))
    yield made


def today(days: int = 0) -> str:
    return (day_at(after(30 * 1_440)) + timedelta(days=days)).isoformat()


def test_the_report_is_of_the_day_that_runs_without_more(api: Api) -> None:
    """Partial; its budget is what the budget endpoint tells at the same time."""
    report = api.get(REPORT).json()
    assert report["range"]["period"] == "day"
    assert report["range"]["label"] == today()
    assert report["is_partial"] is True
    budget = api.get("/api/v1/slos/bridge-availability/budget").json()
    assert report["budget"]["remaining"] == budget["error_budget_remaining"]
    assert report["budget"]["allowed_failures"] == budget["allowed_failures"]
    assert report["budget"]["compliance"]["total"] == budget["events"]


def test_incidents_that_concern_the_objective_burn_its_budget(api: Api) -> None:
    """Others do not. Its cause is told without secrets: reports are kept and mailed."""
    burnt = api.get(REPORT).json()["attribution"]
    assert [(each["key"], each["cause"], each["burnt"]["bad_events"]) for each in burnt["incidents"]] == [
        ("e1-a-1", "orders-db is down: postgres with password=[redacted]", 1_000.0)
    ]
    assert burnt["unexplained"]["bad_events"] == 0.0


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("", "*/*", "application/json"),
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("", "text/markdown", "text/markdown"),
        ("?format=markdown", "text/html", "text/markdown"),
    ],
)
def test_the_format_is_asked_for_or_what_accept_likes_best(api: Api, query: str, accept: str, media_type: str) -> None:
    """`format` goes over Accept."""
    answer = api.get(REPORT + query, accept=accept)
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_links_begin_where_people_reach_the_api(api: Api) -> None:
    """Incidents, and the other reports."""
    assert 'href="https://c.example/api/v1/incidents/e1-a-1"' in api.get(f"{REPORT}?format=html").text
    overview = api.get("/api/v1/slos/report?period=week&format=html").text
    assert "https://c.example/api/v1/slos/bridge-availability/report?period=week&amp;of=" in overview


def test_the_overview_has_a_line_for_each_objective(api: Api) -> None:
    """And says which could not be asked."""
    overview = api.get("/api/v1/slos/report").json()
    assert [each["objective_id"] for each in overview["objectives"]] == ["bridge-availability", "queue-errors"]
    assert [(each["objective_id"], "does not answer" in each["reason"]) for each in overview["unreported"]] == [
        ("shop-checkout", True)
    ]


def test_two_times_make_a_range(api: Api) -> None:
    """To their whole minutes."""
    start, end = after(60), after(120)
    report = api.get(f"{REPORT}?from={start}&to={end}").json()
    assert (report["range"]["start_unix_nano"], report["range"]["end_unix_nano"]) == (start, end)
    assert report["compliance"]["total"] == 6_000


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        (f"{REPORT}?period=day&of=2026-W01", 400, "write it as 2026-11-20"),
        (f"{REPORT}?period=year", 400, "period"),
        (f"{REPORT}?period=day&from=0", 400, "leave one of them out"),
        (f"{REPORT}?to=60000000000", 400, "needs a `from`"),
        (f"{REPORT}?of={today(2)}", 400, "has not begun"),
        ("/api/v1/slos/nothing/report", 404, "/api/v1/slos lists them"),
        ("/api/v1/slos/shop-checkout/report", 503, "does not answer"),
    ],
)
def test_what_cannot_be_reported_is_a_problem_with_a_remedy(api: Api, path: str, status: int, told: str) -> None:
    """As everywhere."""
    answer = api.get(path)
    assert answer.status_code == status
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(("name", "schema"), [("day.json", SloReport), ("overview.json", SloReportOverview)])
def test_the_documents_are_as_described(name: str, schema: type[SloReport | SloReportOverview]) -> None:
    """Every field is described, and none more."""
    text = (GOLDEN / name).read_text(encoding="utf-8")
    described = schema.model_validate_json(text, strict=True).model_dump_json()
    assert msgspec.json.decode(described) == msgspec.json.decode(text)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "a/json"),
        ("b/html;q=0.5, a/json;q=0.4", "b/html"),
        ("b/*", "b/html"),
        ("*/*;q=0.1, a/json;q=0", "b/html"),
        ("c/png", "a/json"),
        ("b/html;q=x", "a/json"),
    ],
)
def test_the_best_liked_type_is_chosen(accept: str, chosen: str) -> None:
    """The first of equals, and of what nobody wants."""
    assert preferred(accept, ("a/json", "b/html")) == chosen
