"""Burn rates by a real Prometheus, on counters scraped each minute for a month.

It is asked for what its rules read anew at each evaluation, `sum by (...) (increase(...))` of both counters over each window, and for no
more: dividing, coverage and alerts are left out, to its advantage. A window of samples a minute apart begins a minute late.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import numpy.typing as npt

from correlator.slo.rule_files.names import EVENTS_COUNTER, GOOD_COUNTER, SLOTH_ID, duration
from correlator.slo.rule_files.scope import BY_IDENTITY
from tests.benchmarks.slo_minutes import FIRST_MINUTE, OBJECTIVE, MinuteHistory
from tests.e2e.prometheus_process import Prometheus, backfilled, running_prometheus

COUNTED_BEFORE: Final = 1_000_000  # where counters begin within a window, Prometheus guesses less


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Burn rates (SLOs, windows), CPU seconds of the server, and the bytes that it then holds in memory."""

    rates: npt.NDArray[np.float64]
    cpu_s: float
    held_bytes: int


@contextmanager
def prometheus_with(histories: Sequence[MinuteHistory]) -> Iterator[Prometheus]:
    """A server that has scraped all of them."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with running_prometheus(folder, backfilled(folder, _open_metrics(histories))) as running:
            yield running


def evaluated(prometheus: Prometheus, slos: int, end: int, window_minutes: Sequence[int]) -> Evaluation:
    """One evaluation of these windows."""
    before = prometheus.process.cpu_times()
    windows = [
        [_asked(prometheus, counter, size, slos, end) for counter in (EVENTS_COUNTER, GOOD_COUNTER)]
        for size in window_minutes
    ]
    after = prometheus.process.cpu_times()
    with np.errstate(invalid="ignore"):
        ratios = [np.maximum(total - good, 0) / total for total, good in windows]
    cpu_s = after.user + after.system - before.user - before.system
    return Evaluation(np.column_stack(ratios) / OBJECTIVE.error_budget, cpu_s, prometheus.process.memory_info().rss)


def _asked(prometheus: Prometheus, counter: str, minutes: int, slos: int, end: int) -> npt.NDArray[np.float64]:
    """Events of each SLO, (SLOs,)."""
    found = prometheus.ask(f"sum by {BY_IDENTITY} (increase({counter}[{duration(minutes * 60)}]))", end * 60)
    events = np.zeros(slos)
    for labels, value in found:
        events[int(labels[SLOTH_ID].removeprefix("slo-"))] = value
    return events


def _open_metrics(histories: Sequence[MinuteHistory]) -> Iterator[str]:
    times = [f" {(FIRST_MINUTE + edge) * 60}\n" for edge in range(len(histories[0].total) + 1)]
    for counter in (EVENTS_COUNTER, GOOD_COUNTER):
        yield f"# TYPE {counter.removesuffix('_total')} counter\n"
        for slo, history in enumerate(histories):
            events = history.total if counter == EVENTS_COUNTER else history.good
            values = (COUNTED_BEFORE + np.append(0, np.cumsum(events, dtype=np.int64))).tolist()
            series = f'{counter}{{objective="slo",sloth_id="slo-{slo}",sloth_service="a",sloth_slo="slo-{slo}"}} '
            yield "".join(f"{series}{value}{time}" for value, time in zip(values, times, strict=True))
