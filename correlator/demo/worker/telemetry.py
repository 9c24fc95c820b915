"""The worker's metrics."""

from typing import Final

from opentelemetry import metrics

from correlator.demo.jobs.job import Job
from correlator.telemetry import QueueDelays

_QUEUE: Final = "messaging.destination.name"


class WorkerMetrics:
    """What a worker counts."""

    def __init__(self) -> None:
        meter = metrics.get_meter("correlator.demo.worker")
        self._delays = QueueDelays()
        self._retries = meter.create_counter("jobs.retries", "{job}", "Attempts that failed with another to come.")
        self._dead_letters = meter.create_counter("jobs.dead_letters", "{job}", "Jobs that failed for good.")
        self._callbacks = meter.create_counter("callbacks", "{callback}", "Callbacks by outcome.")

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
