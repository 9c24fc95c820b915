"""Writes the report of every finished day, week and month, also of those that ended while the engine was down."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import structlog

from correlator.errors import CorrelatorError
from correlator.pipeline.slo.report.folder import ReportFolder
from correlator.pipeline.slo.report.reporter import Reporter
from correlator.slo.report import ObjectiveReport, ReportRange, Unreported
from correlator.slo.report.calendar_range import Period, finished_ranges
from correlator.telemetry.metrics import EngineMetrics

CAUGHT_UP: Final[dict[Period, int]] = {"day": 7, "week": 4, "month": 2}
"""Of each so many of the last are written where they are missing; what is older is asked for by command."""
TURN_S: Final = 60.0
PATIENCE_NANO: Final = 6 * 3_600 * 10**9
"""A Prometheus that does not answer is waited for so long after a range's end; then the report says that it did not."""

log = structlog.get_logger(__name__)


class _Stopped(Exception):
    """The engine ends; what was begun is left for its next start."""


class _Waits(Exception):
    """An objective's events cannot be had yet."""


class ReportSchedule:
    """Looks every minute for what is finished, settled and not written yet. A turn that fails is counted, logged and tried again."""

    def __init__(
        self,
        reporter: Reporter,
        folder: ReportFolder,
        metrics: EngineMetrics,
        *,
        periods: Sequence[Period],
        settle_s: float,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self._reporter = reporter
        self._folder = folder
        self._metrics = metrics
        self._periods = tuple(dict.fromkeys(periods))
        self._settle_nano = int(settle_s * 1e9)
        self._clock = clock_unix_nano

    def run(self, stopping: threading.Event) -> None:
        """Turn until told to stop."""
        while not stopping.is_set():
            try:
                self.turn(stopping)
            except Exception as error:  # the engine goes on without reports
                self._failed("report_turn_failed", error)
            stopping.wait(TURN_S)

    def turn(self, stopping: threading.Event | None = None) -> int:
        """Write what is due, the oldest first; how many ranges. One that fails is tried in the next turn."""
        written = 0
        for due in self.due():
            try:
                self._write(due, stopping or threading.Event())
                written += 1
            except _Stopped:
                break
            except _Waits as waits:
                log.info("report_waits", period=due.period, label=due.label, reason=str(waits))
            except (OSError, CorrelatorError) as error:  # a full disk, a store that cannot be read
                self._failed("report_not_written", error, period=due.period, label=due.label)
        return written

    def due(self) -> Iterator[ReportRange]:
        """Finished, settled, not written. Ranges from before anything was known are none: an engine that is new has no past."""
        settled = self._clock() - self._settle_nano
        for period in self._periods:
            first, has_begun = self._folder.first_label(period), False
            for each in finished_ranges(period, settled, CAUGHT_UP[period]):
                is_later = first is not None and each.label > first
                has_begun = has_begun or is_later or self._reporter.knows_of(each)
                if has_begun and not self._folder.holds(each):
                    yield each

    def _write(self, due: ReportRange, stopping: threading.Event) -> None:
        made = self._patiently(due, stopping)
        place = self._folder.write(due, due.end_unix_nano, made)
        self._metrics.reports.labels(due.period).inc()
        log.info("report_written", period=due.period, label=due.label, folder=str(place))

    def _failed(self, event: str, error: Exception, **of: str) -> None:
        self._metrics.report_failures.inc()
        log.warning(event, error_type=type(error).__name__, error=str(error), **of)

    def _patiently(self, due: ReportRange, stopping: threading.Event) -> Iterator[ObjectiveReport | Unreported]:
        now = self._clock()
        for each in self._reporter.reports(due, now):
            if stopping.is_set():
                raise _Stopped
            if isinstance(each, Unreported) and now < due.end_unix_nano + PATIENCE_NANO:
                raise _Waits(each.reason)
            yield each
