"""OTLP over gRPC: the Export methods of the trace, logs and metrics services.

Runs on grpc.aio, in the caller's event loop: a request that waits for its disk, and a sender that sends slowly, then cost
memory but no thread. The threaded server needs 0.2 ms less CPU for a request (of 512 spans, whose decoding takes
milliseconds), but its threads wait too: as many slow senders as it has threads would shut everyone else out.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NoReturn

import grpc
from google.rpc.code_pb2 import INVALID_ARGUMENT

from correlator.bearer import is_authorized
from correlator.doors.answers import UNAUTHORIZED, Refusal, answer_of, export_response, refusal_of
from correlator.doors.inflate import GZIP_MAGIC
from correlator.doors.intake import MAX_BUFFERED_BYTES, Intake, SenderGone
from correlator.errors import BodyTimeout, Overloaded, SettingsError
from correlator.model.limits import Limits
from correlator.pipeline.record import Receipt, Recorder
from correlator.telemetry.metrics import EngineMetrics

BODY_TIMEOUT_S: Final = 30.0  # as over HTTP
MAX_CALLS: Final = 256  # at once, over all connections: each may hold a message of limits.body
CALLS_PER_CONNECTION: Final = 128  # HTTP/2 makes the sender queue the rest: it is not refused

_SERVICES: Final = {
    "opentelemetry.proto.collector.trace.v1.TraceService": "traces",
    "opentelemetry.proto.collector.logs.v1.LogsService": "logs",
    "opentelemetry.proto.collector.metrics.v1.MetricsService": "metrics",
}
_IDENTITY_AND_GZIP: Final = 1 << 0 | 1 << 2  # bits of grpc_compression_algorithm, grpc/impl/compression_types.h
_KEEPALIVE_MS: Final = 60_000  # finds senders that vanished without closing
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_NO_MESSAGE: Final = Refusal("no_message", 400, INVALID_ARGUMENT, "the call ended without a whole message; send one")
"""Heard only by a sender that sent none: one that left is gone, and one over the limit was answered by gRPC itself."""

Context = grpc.aio.ServicerContext[bytes, bytes]


class OtlpGrpcDoor:
    """A gRPC server that records OTLP requests. `address` is host:port as bound, once started.

    Messages reach us compressed, so that the same bounded `inflate` as over HTTP opens them: gRPC knows one limit for both
    sizes, and its older releases inflate first and measure then. With a `token`, calls need it as bearer token. Calls above
    `max_calls` are refused by us, unread: gRPC's own refusal lacks the RetryInfo without which senders drop their data.
    """

    def __init__(
        self,
        recorder: Recorder,
        limits: Limits,
        metrics: EngineMetrics,
        *,
        body_timeout_s: float = BODY_TIMEOUT_S,
        max_buffered_bytes: int = MAX_BUFFERED_BYTES,
        token: str | None = None,
        max_calls: int = MAX_CALLS,
    ) -> None:
        self.address = ""
        self._max_calls = max_calls
        self._calls = 0
        self._token = token
        self._intake = Intake("otlp_grpc", recorder, limits, metrics, max_buffered_bytes)
        self._body_timeout_s = body_timeout_s
        self._server: grpc.aio.Server | None = None

    async def start(self, host: str, port: int, *, name: str = "otlp_grpc") -> None:
        """Listen; port 0 picks one. Raises SettingsError, which says `name`, where the address cannot be listened on."""
        server = grpc.aio.server(options=_options(self._intake.limits))
        server.add_generic_rpc_handlers(tuple(self._handler(service) for service in _SERVICES))
        netloc = f"[{host}]" if ":" in host else host
        try:
            bound = server.add_insecure_port(f"{netloc}:{port}")
        except RuntimeError as error:
            raise SettingsError(
                f"{name} cannot listen on {netloc}:{port}: another process has that port, or it is no address of this "
                "machine; stop the other, or choose another port (0 picks a free one)"
            ) from error
        await server.start()
        self._server, self.address = server, f"{netloc}:{bound}"

    async def stop(self, grace_s: float = 5.0) -> None:
        """Take no more calls, finish those at hand within `grace_s`, cancel the rest. Idempotent."""
        if self._server is not None:
            await self._server.stop(grace_s)

    def _handler(self, service: str) -> "grpc.GenericRpcHandler[bytes, bytes]":
        # One message in a stream of one is the same on the wire, and it lets us read within a time of our own.
        export = grpc.stream_unary_rpc_method_handler(partial(self._export, _SERVICES[service]))
        return grpc.method_handlers_generic_handler(service, {"Export": export})

    async def _export(self, signal: str, _: Any, context: Context) -> bytes:
        if not self._is_authorized(context):
            await self._refuse(signal, UNAUTHORIZED, context)
        try:
            with self._call():
                receipt = await self._record(signal, context)
        except asyncio.CancelledError:  # the sender gave up, or the door stops
            self._intake.count(signal, "disconnected")
            raise
        except SenderGone:
            await self._refuse(signal, _NO_MESSAGE, context)
        except Exception as error:  # the door's own boundary: one request's failure is no other's
            self._intake.log_failure(signal, error)
            await self._refuse(signal, refusal_of(error), context)
        self._intake.count(signal, answer_of(receipt))
        return export_response(signal, receipt).SerializeToString()

    def _is_authorized(self, context: Context) -> bool:
        if self._token is None:
            return True
        return is_authorized(dict(context.invocation_metadata() or ()).get("authorization"), self._token)

    @contextmanager
    def _call(self) -> Iterator[None]:
        if self._calls >= self._max_calls:
            raise Overloaded(f"{self._calls} calls at once are the limit; send again later, or in larger batches")
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1

    async def _record(self, signal: str, context: Context) -> Receipt:
        message = await self._read(context)
        last_byte_in = time.perf_counter()
        self._intake.count_body(signal, len(message))
        self._intake.buffered.enter(len(message))
        try:
            # No protobuf message starts like gzip: that would be field 3 of wire type 7, which does not exist.
            return await self._intake.record(signal, "protobuf", message, is_gzip=message.startswith(GZIP_MAGIC))
        finally:
            self._intake.buffered.leave(len(message))
            self._intake.count_seconds(signal, last_byte_in)

    async def _read(self, context: Context) -> bytes:
        try:
            async with asyncio.timeout(self._body_timeout_s):
                message = await context.read()
        except TimeoutError as error:
            raise BodyTimeout(
                f"the message was not whole after {self._body_timeout_s:g} s; send smaller batches"
            ) from error
        if not isinstance(message, bytes):
            raise SenderGone
        return message

    async def _refuse(self, signal: str, refusal: Refusal, context: Context) -> NoReturn:
        self._intake.count(signal, refusal.answer)
        details = (("grpc-status-details-bin", refusal.status.SerializeToString()),)
        await context.abort(_CODES[refusal.grpc_code], refusal.message, details)


def _options(limits: Limits) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 0),  # so that a taken port is noticed
        ("grpc.max_receive_message_length", limits.body_bytes),
        ("grpc.per_message_decompression", 0),
        ("grpc.compression_enabled_algorithms_bitset", _IDENTITY_AND_GZIP),
        ("grpc.max_concurrent_streams", CALLS_PER_CONNECTION),
        ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
    ]
