"""The worker's metrics."""

import resource
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from correlator.demo.jobs.job import Job
from correlator.telemetry import QueueDelays

_STATM: Final = Path("/proc/self/statm")
_QUEUE: Final = "messaging.destination.name"


class WorkerMetrics:
    """What a worker counts; `process.memory.usage` is asked for at each export."""

    def __init__(self) -> None:
        meter = metrics.get_meter("correlator.demo.worker")
        self._delays = QueueDelays()
        self._retries = meter.create_counter("jobs.retries", "{job}", "Attempts that failed with another to come.")
        self._dead_letters = meter.create_counter("jobs.dead_letters", "{job}", "Jobs that failed for good.")
        self._callbacks = meter.create_counter("callbacks", "{callback}", "Callbacks by outcome.")
        meter.create_observable_gauge("process.memory.usage", [_observe_memory], "By", "Resident memory.")

    def started(self, job: Job, now_unix_nano: int) -> None:
        """Count how long a job waited for its first start."""
        self._delays.record(job.queue, (now_unix_nano - job.published_unix_nano) / 1e9)

    def retried(self, job: Job) -> None:
        self._retries.add(1, {_QUEUE: job.queue})

    def dead_lettered(self, queue: str, reason: str) -> None:
        self._dead_letters.add(1, {_QUEUE: queue, "reason": reason})

    def called_back(self, outcome: str) -> None:
        """`outcome` is delivered | failed | circuit_open."""
        self._callbacks.add(1, {"outcome": outcome})


def memory_bytes() -> int:
    """Resident memory of this process; where /proc is missing, the most that it ever was."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _observe_memory(_: CallbackOptions) -> Iterable[Observation]:
    return [Observation(memory_bytes())]
