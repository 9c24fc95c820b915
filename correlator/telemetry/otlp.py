"""Builds OpenTelemetry's OTLP exporters for HTTP or gRPC.

The standard environment variables count (OTEL_EXPORTER_OTLP_ENDPOINT and its kin for headers, certificates and single
signals); an argument wins over them.
"""

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from correlator.errors import SettingsError
from correlator.telemetry.delivery import BuildExporter, SignalExporter

HTTP: Final = "http/protobuf"
GRPC: Final = "grpc"
_DEFAULT_ENDPOINTS: Final = {HTTP: "http://127.0.0.1:4318", GRPC: "http://127.0.0.1:4317"}
_GRPC_PACKAGE: Final = "opentelemetry.exporter.otlp.proto.grpc"
_GRPC_EXPORTERS: Final = {
    "traces": ("trace_exporter", "OTLPSpanExporter"),
    "logs": ("_log_exporter", "OTLPLogExporter"),
    "metrics": ("metric_exporter", "OTLPMetricExporter"),
}
_IMPORTED_LATE: Final = ("requests", "netrc")
"""By OpenTelemetry's HTTP exporters with their first request, in a thread of theirs. A child that is forked meanwhile finds them
locked for ever, and sends nothing."""
_HTTP_EXPORTERS: Final = {"traces": OTLPSpanExporter, "logs": OTLPLogExporter, "metrics": OTLPMetricExporter}


@dataclass(frozen=True, slots=True)
class OtlpTarget:
    """Where telemetry goes. `endpoint` is the base address; empty: the environment's, or the engine on this machine."""

    endpoint: str = ""
    protocol: str = HTTP
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold a key: never printed

    def __post_init__(self) -> None:
        if self.protocol not in _DEFAULT_ENDPOINTS:
            raise SettingsError(f"protocol {self.protocol!r} is unknown; choose {HTTP!r} or {GRPC!r}")
        if self.endpoint and not self.endpoint.startswith(("http://", "https://")):
            raise SettingsError(f"endpoint {self.endpoint!r} has no scheme; did you mean 'http://{self.endpoint}'?")


def exporter_builder(target: OtlpTarget, signal: str) -> BuildExporter:
    """Return what builds the exporter of `signal`: traces | logs | metrics.

    Raises SettingsError where the protocol is gRPC and its exporter is not installed.
    """
    if target.protocol == GRPC:
        _import_grpc(signal)
        return lambda timeout_s: _build_grpc(target, signal, timeout_s)
    for module in _IMPORTED_LATE:
        importlib.import_module(module)
    return lambda timeout_s: _build_http(target, signal, timeout_s)


def _build_http(target: OtlpTarget, signal: str, timeout_s: float) -> SignalExporter:
    base = _base_endpoint(target, signal)
    endpoint = f"{base.rstrip('/')}/v1/{signal}" if base else None
    exporter = _HTTP_EXPORTERS[signal](endpoint=endpoint, headers=dict(target.headers) or None, timeout=timeout_s)
    return cast(SignalExporter, exporter)


def _build_grpc(target: OtlpTarget, signal: str, timeout_s: float) -> SignalExporter:
    exporter = _import_grpc(signal)
    base = _base_endpoint(target, signal)
    return cast(
        SignalExporter,
        exporter(
            endpoint=base,
            insecure=base.startswith("http://") if base else None,
            headers=tuple((name.lower(), value) for name, value in target.headers.items()) or None,
            timeout=timeout_s,
        ),
    )


def _base_endpoint(target: OtlpTarget, signal: str) -> str | None:
    """The base address, or None where the exporter is to read the environment itself."""
    if target.endpoint:
        return target.endpoint
    names = (f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    return None if any(os.environ.get(name) for name in names) else _DEFAULT_ENDPOINTS[target.protocol]


def _import_grpc(signal: str) -> type:
    module, name = _GRPC_EXPORTERS[signal]
    try:
        return cast(type, getattr(importlib.import_module(f"{_GRPC_PACKAGE}.{module}"), name))
    except ImportError as error:
        raise SettingsError(
            f"protocol {GRPC!r} needs a package that is not installed; pip install 'correlator[grpc]'"
        ) from error
