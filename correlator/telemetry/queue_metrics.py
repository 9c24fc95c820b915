"""How many jobs wait and how long they waited, as OTLP metrics by queue. For a bridge or worker that knows its queues."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Histogram, MeterProvider, Observation

from correlator import semconv
from correlator.telemetry.server_request import SCOPE

QUEUE_DEPTH: Final = "correlator.queue.depth"
QUEUE_DELAY: Final = "correlator.queue.delay"
_DELAY_BOUNDS_S: Final = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0)  # from "at once" to "nobody waits"


def observe_queue_depths(
    depths: Callable[[], Mapping[str, int]], *, meter_provider: MeterProvider | None = None
) -> None:
    """Report `{queue: jobs that wait}` as the gauge `correlator.queue.depth`, asked anew for each export."""

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(depth, {semconv.MESSAGING_DESTINATION_NAME: name}) for name, depth in depths().items()]

    metrics.get_meter(SCOPE, meter_provider=meter_provider).create_observable_gauge(
        QUEUE_DEPTH, [observe], unit="{job}", description="Jobs that wait in a queue."
    )


class QueueDelays:
    """The histogram `correlator.queue.delay`, from queued to begun."""

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        self._delays: Histogram = metrics.get_meter(SCOPE, meter_provider=meter_provider).create_histogram(
            QUEUE_DELAY,
            unit="s",
            description="From a job's queueing to its start.",
            explicit_bucket_boundaries_advisory=_DELAY_BOUNDS_S,
        )

    def record(self, queue_name: str, delay_s: float) -> None:
        """Count one job that began `delay_s` after it was queued; clocks that disagree count as no delay.

        Within the job's span, its trace is kept as an example of the delay.
        """
        self._delays.record(max(0.0, delay_s), {semconv.MESSAGING_DESTINATION_NAME: queue_name})
