"""The one call that sets a process up: traces, logs and metrics out over OTLP, logs as JSON lines on standard output."""

import atexit
import logging
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TextIO

from opentelemetry import metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.metrics import Meter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer

from correlator import semconv
from correlator.errors import SettingsError
from correlator.telemetry.continued_trace import ContinuingIdGenerator
from correlator.telemetry.delivery import Delivery
from correlator.telemetry.exporters import CountedLogProcessor, CountedSpanProcessor, ForkSafeMetricReader
from correlator.telemetry.log_format import Service, find_log_format
from correlator.telemetry.log_handlers import OtlpLogHandler, json_line_handler
from correlator.telemetry.log_setup import install_handlers
from correlator.telemetry.otlp import HTTP, OtlpTarget, exporter_builder
from correlator.telemetry.process_metrics import observe_process

SYSTEMS: Final = ("n8n", "bridge", "worker", "other")
QUEUE_SIZE: Final = 2048  # with BATCH_SIZE, the defaults of OpenTelemetry's specification
BATCH_SIZE: Final = 512
# The SDK reports each failed attempt; Delivery says it once an outage instead.
_NOISY_LOGGERS: Final = ("opentelemetry.exporter", "opentelemetry.sdk._shared_internal")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long telemetry may wait, in seconds. Short delays show a failure sooner and cost more requests."""

    spans_s: float = 1.0
    logs_s: float = 1.0
    metrics_s: float = 15.0
    export_timeout_s: float = 3.0


class Telemetry:
    """What `instrument` set up in this process."""

    def __init__(self, service: Service, resource: Resource, target: OtlpTarget, pace: Pace) -> None:
        self.service = service
        self._deliveries = {
            signal: Delivery(
                signal, exporter_builder(target, signal), queue_size=QUEUE_SIZE, timeout_s=pace.export_timeout_s
            )
            for signal in ("traces", "logs", "metrics")
        }
        self._pid = os.getpid()
        self._is_shut_down = False
        os.register_at_fork(after_in_child=self._after_fork)  # before the SDK's own: its threads start with ours ready
        self._reader = ForkSafeMetricReader(self._deliveries["metrics"], interval_s=pace.metrics_s)
        self.meter_provider = MeterProvider([self._reader], resource=resource, shutdown_on_exit=False)
        self.tracer_provider = TracerProvider(
            resource=resource,
            id_generator=ContinuingIdGenerator(),
            shutdown_on_exit=False,
        )
        self.tracer_provider.add_span_processor(
            CountedSpanProcessor(
                self._deliveries["traces"], queue_size=QUEUE_SIZE, batch_size=BATCH_SIZE, delay_s=pace.spans_s
            )
        )
        self.logger_provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
        self.logger_provider.add_log_record_processor(
            CountedLogProcessor(
                self._deliveries["logs"], queue_size=QUEUE_SIZE, batch_size=BATCH_SIZE, delay_s=pace.logs_s
            )
        )

    @property
    def tracer(self) -> Tracer:
        """A tracer named after the service."""
        return self.tracer_provider.get_tracer(self.service.name, self.service.version)

    @property
    def meter(self) -> Meter:
        """A meter named after the service."""
        return self.meter_provider.get_meter(self.service.name, self.service.version)

    @property
    def lost(self) -> dict[str, int]:
        """How many items of each signal will never arrive: the engine was away too long, or the queue was full."""
        return {signal: delivery.lost for signal, delivery in self._deliveries.items()}

    @property
    def is_forked(self) -> bool:
        """Whether this process was forked off after `instrument`; its end may come without any notice."""
        return self._pid != os.getpid()

    def flush(self, timeout_s: float = 2.0) -> bool:
        """Send what is queued; return whether that was done within `timeout_s`."""
        flushing = threading.Thread(target=self._flush, name="correlator-flush", daemon=True)
        flushing.start()
        flushing.join(timeout_s)
        return not flushing.is_alive()

    def shutdown(self, timeout_s: float = 5.0) -> None:
        """Send what is queued and stop; a second call does nothing.

        Takes at most `timeout_s`, or one `export_timeout_s` where that is longer and the engine hangs.
        """
        if self._is_shut_down:
            return
        self._is_shut_down = True
        for delivery in self._deliveries.values():
            delivery.hasten(timeout_s / 2)
        self.tracer_provider.shutdown()
        self.logger_provider.shutdown()
        self.meter_provider.shutdown(timeout_millis=timeout_s * 1000)
        for delivery in self._deliveries.values():
            delivery.settle()

    def log_to(self, log_format: str, stream: TextIO | None, level: int | str) -> None:
        """Send the logs of the process to OTLP, and as JSON lines to `stream` (None: only OTLP)."""
        handlers: list[logging.Handler] = [OtlpLogHandler(self.logger_provider)]
        if stream is not None:
            handlers.append(json_line_handler(stream, find_log_format(log_format), self.service))
        install_handlers(handlers, level)

    def _flush(self) -> None:
        self.tracer_provider.force_flush()
        self.logger_provider.force_flush()
        self.meter_provider.force_flush()

    def _after_fork(self) -> None:
        for delivery in self._deliveries.values():
            delivery.start_afresh()
        self._reader.unlock_after_fork()


_installed: Telemetry | None = None
_install_lock: Final = threading.Lock()


def instrument(
    service_name: str,
    system: str = "other",
    *,
    endpoint: str | None = None,
    protocol: str = HTTP,
    headers: Mapping[str, str] | None = None,
    service_version: str = "",
    resource_attributes: Mapping[str, str] | None = None,
    log_format: str = "ecs",
    logs_to: TextIO | Literal["stdout"] | None = "stdout",
    log_level: int | str = logging.INFO,
    pace: Pace | None = None,
) -> Telemetry:
    """Set this process up, once: spans, logs and metrics go to `endpoint`, logs as JSON lines to `logs_to` too.

    `system` is n8n | bridge | worker | other. `endpoint` is the engine's base address; else OTEL_EXPORTER_OTLP_ENDPOINT
    counts, else http://127.0.0.1:4318. `protocol` is http/protobuf or grpc (`pip install 'correlator[grpc]'`).
    An engine that is down costs nothing but the telemetry, which `lost` counts. Forked workers keep sending. What the process
    uses of processor and memory is among its metrics.

    A second call for the same service returns the first one's handle. Raises SettingsError for another service, or
    where another library has set OpenTelemetry up before.
    """
    global _installed
    service = Service(service_name, _known_system(system), service_version)
    with _install_lock:
        if _installed is None:
            _refuse_foreign_providers()
            target = OtlpTarget(endpoint or "", protocol, headers or {})
            find_log_format(log_format)
            telemetry = Telemetry(service, _resource(service, resource_attributes or {}), target, pace or Pace())
            telemetry.log_to(log_format, sys.stdout if logs_to == "stdout" else logs_to, log_level)
            _make_global(telemetry)
            observe_process(telemetry.meter_provider)
            _installed = telemetry
        _require_same(service, _installed.service)
        return _installed


def flush_if_forked(timeout_s: float = 1.0) -> None:
    """Send what is queued where this process was forked off: workers that fork for each job end without notice."""
    if _installed is not None and _installed.is_forked:
        _installed.flush(timeout_s)


def _make_global(telemetry: Telemetry) -> None:
    trace.set_tracer_provider(telemetry.tracer_provider)
    metrics.set_meter_provider(telemetry.meter_provider)
    set_logger_provider(telemetry.logger_provider)
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    atexit.register(telemetry.shutdown)


def _resource(service: Service, extra: Mapping[str, str]) -> Resource:
    named = {semconv.SERVICE_NAME: service.name, semconv.SYSTEM: service.system}
    version = {semconv.SERVICE_VERSION: service.version} if service.version else {}
    return Resource.create({**extra, **version, **named})


def _known_system(system: str) -> str:
    if system not in SYSTEMS:
        raise SettingsError(f"system {system!r} is unknown; choose one of {', '.join(SYSTEMS)}")
    return system


def _refuse_foreign_providers() -> None:
    provider = trace.get_tracer_provider()
    if not isinstance(provider, trace.ProxyTracerProvider):
        raise SettingsError(
            f"OpenTelemetry is already set up by {type(provider).__module__}; call instrument() before it, or leave it out"
        )


def _require_same(asked: Service, installed: Service) -> None:
    if (asked.name, asked.system) != (installed.name, installed.system):
        raise SettingsError(
            f"this process is instrumented as {installed.name!r} ({installed.system}), not {asked.name!r} "
            f"({asked.system}); call instrument() once in a process"
        )
