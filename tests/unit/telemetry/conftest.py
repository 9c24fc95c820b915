"""A tracer provider and a meter provider that keep what they are given; no test touches the global ones."""

from dataclasses import dataclass

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from correlator.telemetry.continued_trace import ContinuingIdGenerator


@dataclass(frozen=True)
class Recorder:
    """Providers, and the spans that have ended."""

    tracer_provider: TracerProvider
    meter_provider: MeterProvider
    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader

    def spans(self) -> list[ReadableSpan]:
        """All ended spans, in the order they ended."""
        return list(self.exporter.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        """The one ended span called `name`."""
        (found,) = [span for span in self.spans() if span.name == name]
        return found


@pytest.fixture
def recorder() -> Recorder:
    """Providers as `instrument` builds them, with memory instead of OTLP."""
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracer_provider = TracerProvider(id_generator=ContinuingIdGenerator(), shutdown_on_exit=False)
    tracer_provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Recorder(tracer_provider, MeterProvider([reader], shutdown_on_exit=False), exporter, reader)
