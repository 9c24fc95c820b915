"""The minutes of one objective as far as they were read, and where to read on."""

import threading
from typing import Final

import numpy as np

from correlator.doors.prometheus.minutes import LastValues
from correlator.slo.minute_series import MinuteSeries

LATE_MINUTES: Final = 30
"""Read anew each time: samples may come late by remote write or OTLP. Prometheus's guide to OTLP advises
`out_of_order_time_window: 30m`."""
MOST_MINUTES: Final = 400 * 1_440
"""Kept of one objective: a year, and some days. 17 bytes each."""


class KeptMinutes:
    """Minutes from `first_minute` on, for one thread at a time: hold `lock`.

    `resume_minute` is where to read on; `total_before` and `part_before` are the counters as they stood when it began.
    `read_at_s` says when the end was read, on a monotonic clock. The last `late_minutes` are read anew each time.
    """

    def __init__(self, first_minute: int, late_minutes: int = LATE_MINUTES) -> None:
        self._late_minutes = late_minutes
        self.lock = threading.Lock()
        self.series = MinuteSeries(first_minute, np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.bool_))
        self.resume_minute = first_minute
        self.total_before: LastValues = {}
        self.part_before: LastValues = {}
        self.read_at_s = -np.inf
        self.warnings: tuple[str, ...] = ()

    @property
    def first_minute(self) -> int:
        return self.series.first_minute

    @property
    def end_minute(self) -> int:
        return self.series.first_minute + len(self.series.total)

    def next_resume(self, end_minute: int) -> int:
        """Where to read on once all before `end_minute` is read."""
        return max(self.resume_minute, end_minute - self._late_minutes)

    def take(self, piece: MinuteSeries, total_before: LastValues, part_before: LastValues) -> None:
        """Put in what was read from `resume_minute` on, in the place of what was there; `..._before` are of the next resume."""
        assert piece.first_minute == self.resume_minute
        kept = self.series
        stays = slice(max(0, len(kept.total) - MOST_MINUTES), piece.first_minute - kept.first_minute)
        self.series = MinuteSeries(
            kept.first_minute + stays.start,
            np.concatenate([kept.good[stays], piece.good]),
            np.concatenate([kept.total[stays], piece.total]),
            np.concatenate([kept.known[stays], piece.known]),
        )
        self.resume_minute = self.next_resume(self.end_minute)
        self.total_before, self.part_before = total_before, part_before

    def between(self, first_minute: int, end_minute: int) -> MinuteSeries:
        """Those in [first, end), which must have been read."""
        places = slice(first_minute - self.first_minute, end_minute - self.first_minute)
        kept = self.series
        return MinuteSeries(first_minute, kept.good[places], kept.total[places], kept.known[places])
