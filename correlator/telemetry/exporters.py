"""OpenTelemetry's exporters behind a `Delivery` each, and the processors that feed them."""

import threading
from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk._logs import ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import (
    MetricExporter,
    MetricExportResult,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from correlator.telemetry.delivery import Delivery


class CountedSpanExporter(SpanExporter):
    """Sends spans through a delivery."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send one batch."""
        return SpanExportResult.SUCCESS if self._delivery.send(spans, len(spans)) else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Close the connection."""
        self._delivery.close()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept here."""
        return True


class CountedSpanProcessor(BatchSpanProcessor):
    """Batches spans, and counts those offered to the queue."""

    def __init__(self, delivery: Delivery, *, queue_size: int, batch_size: int, delay_s: float) -> None:
        super().__init__(
            CountedSpanExporter(delivery),
            max_queue_size=queue_size,
            max_export_batch_size=batch_size,
            schedule_delay_millis=delay_s * 1000,
        )
        self._delivery = delivery

    def on_end(self, span: ReadableSpan) -> None:
        """Queue an ended span, if it is sampled."""
        if span.context is not None and span.context.trace_flags.sampled:
            self._delivery.offer()
        super().on_end(span)


class CountedLogExporter(LogRecordExporter):
    """Sends log records through a delivery."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Send one batch."""
        is_delivered = self._delivery.send(batch, len(batch))
        return LogRecordExportResult.SUCCESS if is_delivered else LogRecordExportResult.FAILURE

    def shutdown(self) -> None:
        """Close the connection."""
        self._delivery.close()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept here."""
        return True


class CountedLogProcessor(BatchLogRecordProcessor):
    """Batches log records, and counts those offered to the queue."""

    def __init__(self, delivery: Delivery, *, queue_size: int, batch_size: int, delay_s: float) -> None:
        super().__init__(
            CountedLogExporter(delivery),
            max_queue_size=queue_size,
            max_export_batch_size=batch_size,
            schedule_delay_millis=delay_s * 1000,
        )
        self._delivery = delivery

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Queue a record."""
        self._delivery.offer()
        super().on_emit(log_record)


class CountedMetricExporter(MetricExporter):
    """Sends metrics through a delivery. Cumulative: what one batch loses, the next one says again."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__()
        self._delivery = delivery

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:
        """Send one reading of all instruments."""
        count = sum(
            len(metric.data.data_points)
            for resource in metrics_data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        )
        return MetricExportResult.SUCCESS if self._delivery.send(metrics_data, count) else MetricExportResult.FAILURE

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
        """Close the connection."""
        self._delivery.close()

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Nothing is kept here."""
        return True


class ForkSafeMetricReader(PeriodicExportingMetricReader):
    """Reads instruments at an interval, in forked processes too.

    The SDK starts its thread again after a fork but keeps the export lock, which a fork during an export leaves locked
    for ever.
    """

    def __init__(self, delivery: Delivery, *, interval_s: float) -> None:
        super().__init__(CountedMetricExporter(delivery), export_interval_millis=interval_s * 1000)

    def unlock_after_fork(self) -> None:
        """Replace the lock that another process' thread may hold."""
        self._export_lock = threading.Lock()
