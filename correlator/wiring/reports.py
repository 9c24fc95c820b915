"""Reports on objectives that are written by themselves."""

from correlator.pipeline.slo.report import Reporter
from correlator.pipeline.slo.report.folder import ReportFolder
from correlator.pipeline.slo.report.schedule import ReportSchedule
from correlator.settings import Settings
from correlator.telemetry.metrics import EngineMetrics


def make_report_schedule(settings: Settings, reporter: Reporter, metrics: EngineMetrics) -> ReportSchedule:
    """What writes the reports of finished days, weeks and months, not running yet."""
    given = settings.reports
    return ReportSchedule(
        reporter,
        ReportFolder(given.folder or settings.data_dir / "reports", given.formats, settings.listen.public_url),
        metrics,
        periods=given.periods,
        settle_s=given.settle,
    )
