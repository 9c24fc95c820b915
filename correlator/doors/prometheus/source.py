"""Minutes of objectives whose events a Prometheus counts: read once, kept, read on."""

import threading
import time
from collections.abc import Callable
from typing import Final, NoReturn

import structlog

from correlator.doors.prometheus.client import MAX_POINTS, PrometheusClient, Reason, Refusal
from correlator.doors.prometheus.document import Answer
from correlator.doors.prometheus.kept import LATE_MINUTES, MOST_MINUTES, KeptMinutes
from correlator.doors.prometheus.minutes import (
    Counts,
    LastValues,
    counted_samples,
    counted_steps,
    last_values,
    series_of_counts,
    series_of_ratio,
)
from correlator.doors.prometheus.patience import Patience
from correlator.errors import Unavailable
from correlator.model.objective import Objective, PrometheusCounts, PrometheusRatio
from correlator.slo.minute_series import MinuteSeries
from correlator.slo.rule_files.plain_selector import plain_selector
from correlator.slo.windows import MINUTE_S

LOOKBACK_MINUTES: Final = 10
"""Read before the first minute, for a sample that its counter's step is taken from; no scrape interval is so long."""
PIECE_MINUTES: Final = 1_440  # asked for at once; halved where the answer is too large
LEAST_PIECE_MINUTES: Final = 60
TURN_S: Final = 5.0  # for one objective; what is not read by then is read on at the next turn
FRESH_S: Final = 10.0  # so long the minute that runs is not asked for again: the shortest usual scrape interval
RETRY_AFTER_S: Final = 15

log = structlog.get_logger()


class PrometheusMinutes:
    """A MinuteSource (correlator.pipeline.slo.objectives) on one Prometheus. For any thread."""

    def __init__(self, client: PrometheusClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._patience = Patience(clock)
        self._lock = threading.Lock()
        self._kept: dict[Objective, KeptMinutes] = {}

    def close(self) -> None:
        self._client.close()

    def series(self, objective: Objective, first_minute: int, end_minute: int) -> MinuteSeries:
        """Good and total events of the minutes in [first, end); those that have not begun are not known.

        The first call reads them all, later ones what is new. Raises Unavailable where Prometheus does not answer, refuses the query, or
        has not told all within TURN_S: what it told is kept, and the next call reads on.
        """
        if end_minute - first_minute > MOST_MINUTES - PIECE_MINUTES:
            raise Unavailable(
                f"objective {objective.id}: of a Prometheus, {MOST_MINUTES // 1_440 - 1} days are told at once; ask for fewer"
            )
        kept = self._minutes_from(objective, first_minute - LOOKBACK_MINUTES)
        with kept.lock:
            if self._is_stale(kept, end_minute):
                self._read_on(objective, kept, max(end_minute, kept.end_minute))
            return kept.between(first_minute, end_minute)

    def _minutes_from(self, objective: Objective, first_minute: int) -> KeptMinutes:
        with self._lock:
            kept = self._kept.get(objective)
            if kept is None or first_minute < kept.first_minute:
                slice_minutes = objective.slices.window_s // MINUTE_S if objective.slices else 0
                kept = self._kept[objective] = KeptMinutes(first_minute, max(LATE_MINUTES, slice_minutes))
            return kept

    def _is_stale(self, kept: KeptMinutes, end_minute: int) -> bool:
        is_new = end_minute > kept.end_minute
        return is_new or (end_minute > kept.resume_minute and self._clock() - kept.read_at_s >= FRESH_S)

    def _read_on(self, objective: Objective, kept: KeptMinutes, end_minute: int) -> None:
        until_s, piece_minutes = self._clock() + TURN_S, PIECE_MINUTES
        while True:
            piece_end = min(kept.end_minute + piece_minutes, end_minute)
            refusal = self._patience.refusal_of(objective.id) or self._read_piece(objective, kept, piece_end)
            if refusal is None and piece_end == end_minute:
                kept.read_at_s = self._clock()
                return
            if refusal is not None and refusal.reason is Reason.TOO_LARGE and piece_minutes > LEAST_PIECE_MINUTES:
                piece_minutes = max(LEAST_PIECE_MINUTES, piece_minutes // 2)
            elif refusal is not None:
                _unavailable(objective, f"gave no answer: {refusal}", RETRY_AFTER_S)
            if self._clock() > until_s:
                _unavailable(objective, f"is still being read: {end_minute - piece_end} minutes are to come", 1)

    def _read_piece(self, objective: Objective, kept: KeptMinutes, end_minute: int) -> Refusal | None:
        """Read from where it was to `end_minute`, and keep it. Why not, if not."""
        is_ratio = isinstance(objective.source, PrometheusRatio)
        refusal = (self._read_ratio if is_ratio else self._read_counts)(objective, kept, end_minute)
        if refusal is None:
            self._patience.answered(objective.id)
        else:
            self._patience.refused(objective.id, refusal)
        return refusal

    def _read_counts(self, objective: Objective, kept: KeptMinutes, end_minute: int) -> Refusal | None:
        source, first = objective.source, kept.resume_minute
        assert isinstance(source, PrometheusCounts)
        total = self._told(objective, kept, self._samples(source.total, first, end_minute))
        if isinstance(total, Refusal):
            return total
        part = self._told(objective, kept, self._samples(source.good_or_bad, first, end_minute))
        if isinstance(part, Refusal):
            return part
        resume = kept.next_resume(end_minute)
        series = series_of_counts(
            _counts(total, source, kept.total_before, first, end_minute),
            _counts(part, source, kept.part_before, first, end_minute),
            source,
            first,
        )
        kept.take(
            series,
            last_values(total.series, kept.total_before, resume),
            last_values(part.series, kept.part_before, resume),
        )
        return None

    def _read_ratio(self, objective: Objective, kept: KeptMinutes, end_minute: int) -> Refusal | None:
        source, slices, first = objective.source, objective.slices, kept.resume_minute
        assert isinstance(source, PrometheusRatio) and slices is not None
        first_end_s = -(-(first + 1) * MINUTE_S // slices.window_s) * slices.window_s
        last_end_s = end_minute * MINUTE_S // slices.window_s * slices.window_s
        answer: Answer | Refusal = Answer(())
        if first_end_s <= last_end_s:
            asked = self._client.values(source.query, first_end_s, last_end_s, slices.window_s)
            answer = self._told(objective, kept, asked)
        if isinstance(answer, Refusal):
            return answer
        kept.take(series_of_ratio(answer.series, source, slices, first, end_minute), {}, {})
        return None

    def _samples(self, query: str, first_minute: int, end_minute: int) -> Answer | Refusal:
        """Samples in the minutes [first, end). Of a query that is no selector, what it gives at the end of each."""
        selector = plain_selector(query)
        first_s, end_s = first_minute * MINUTE_S, end_minute * MINUTE_S
        if selector is not None:
            return self._client.samples(selector, first_s, end_s)
        return self._client.values(query, first_s + MINUTE_S, end_s, MINUTE_S)

    def _told(self, objective: Objective, kept: KeptMinutes, answer: Answer | Refusal) -> Answer | Refusal:
        """The answer; what Prometheus remarked is logged once."""
        if isinstance(answer, Answer) and not set(answer.warnings) <= set(kept.warnings):
            kept.warnings = answer.warnings
            log.warning(
                "prometheus_warned", objective=objective.id, warnings=[each[:300] for each in answer.warnings[:5]]
            )
        return answer


assert PIECE_MINUTES < MAX_POINTS


def _counts(answer: Answer, source: PrometheusCounts, before: LastValues, first_minute: int, end_minute: int) -> Counts:
    if source.is_counter:
        return counted_steps(answer.series, before, first_minute, end_minute)
    return counted_samples(answer.series, first_minute, end_minute)


def _unavailable(objective: Objective, why: str, retry_after_s: int) -> NoReturn:
    raise Unavailable(f"objective {objective.id}: Prometheus {why}", retry_after_s=retry_after_s)
