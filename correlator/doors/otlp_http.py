"""OTLP over HTTP: POST /v1/traces, /v1/logs and /v1/metrics, as protobuf or JSON.

A plain ASGI application: this is the hot path, and a framework would cost more than the work itself.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf.message import Message
from google.rpc.code_pb2 import NOT_FOUND, UNIMPLEMENTED

from correlator.bearer import is_authorized
from correlator.doors.answers import STOPPING, UNAUTHORIZED, Refusal, answer_of, export_response, refusal_of, to_json
from correlator.doors.http_body import HttpBody, Receive
from correlator.doors.intake import MAX_BUFFERED_BYTES, Intake, SenderGone
from correlator.errors import UnsupportedMedia
from correlator.model.limits import Limits
from correlator.pipeline.record import Receipt, Recorder
from correlator.telemetry.metrics import EngineMetrics

BODY_TIMEOUT_S: Final = 30.0  # three times the 10 s that OpenTelemetry SDKs wait for an export

_SIGNALS: Final = {"/v1/traces": "traces", "/v1/logs": "logs", "/v1/metrics": "metrics"}
_ENCODINGS: Final = {b"application/x-protobuf": "protobuf", b"application/json": "json"}
_CONTENT_TYPES: Final = {encoding: content_type for content_type, encoding in _ENCODINGS.items()}
_IS_GZIP: Final = {b"": False, b"identity": False, b"gzip": True, b"x-gzip": True}

Send = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; `answer` is its name in our metrics."""

    answer: str
    status: int
    message: Message | None = None  # None: no body
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class OtlpHttpDoor:
    """An ASGI application that records OTLP requests and answers in their content type.

    `body_timeout_s` bounds the time from headers to the last byte of a body; `max_buffered_bytes` all bodies still arriving.
    With a `token`, requests need it as bearer token.
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
    ) -> None:
        self._intake = Intake("otlp_http", recorder, limits, metrics, max_buffered_bytes)
        self._body_timeout_s = body_timeout_s
        self._token = token

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. A sender that leaves before its body is whole is counted, and gets no answer."""
        path, headers = scope["path"], dict(scope["headers"])
        signal = _SIGNALS.get(path, "none")
        body = HttpBody(headers, receive)
        try:
            reply = (
                self._refusal_of_strangers(headers)
                or _reply_without_body(scope["method"], path)
                or await self._export(signal, headers, body)
            )
        except SenderGone:
            self._intake.count(signal, "disconnected")
            return
        self._intake.count(signal, reply.answer)
        await _send(send, reply, _is_json(headers), body)

    def _refusal_of_strangers(self, headers: Mapping[bytes, bytes]) -> Reply | None:
        if self._token is None or is_authorized(headers.get(b"authorization"), self._token):
            return None
        return _refuse(UNAUTHORIZED, (b"www-authenticate", b"Bearer"))

    async def _export(self, signal: str, headers: Mapping[bytes, bytes], body: HttpBody) -> Reply:
        try:
            receipt = await self._record(signal, headers, body)
        except SenderGone:
            raise
        except UnsupportedMedia as error:
            return _refuse(refusal_of(error), (b"accept-encoding", b"gzip, identity"))
        except asyncio.CancelledError:  # the listener stops and waited long enough; the task ends with this answer
            return _refuse(STOPPING)
        except Exception as error:  # the door's own boundary: one request's failure is no other's
            self._intake.log_failure(signal, error)
            return _refuse(refusal_of(error))
        return Reply(answer_of(receipt), 200, export_response(signal, receipt))

    async def _record(self, signal: str, headers: Mapping[bytes, bytes], body: HttpBody) -> Receipt:
        encoding, is_gzip = _encoding(headers), _is_gzip(headers)
        raw = await body.read(self._intake.limits.body_bytes, self._body_timeout_s, self._intake.buffered)
        last_byte_in = time.perf_counter()
        self._intake.count_body(signal, len(raw))
        try:
            return await self._intake.record(signal, encoding, raw, is_gzip=is_gzip)
        finally:
            self._intake.buffered.leave(len(raw))
            self._intake.count_seconds(signal, last_byte_in)


def _reply_without_body(method: str, path: str) -> Reply | None:
    """The answer to all but an export: probes, unknown paths, wrong methods. None: it is an export."""
    if method == "HEAD" and (path in _SIGNALS or path == "/"):
        return Reply("probe", 200)
    if path not in _SIGNALS:
        known = ", ".join(_SIGNALS)
        return _refuse(Refusal("unknown_path", 404, NOT_FOUND, f"no path {path[:200]!r} here; send to {known}"))
    if method != "POST":
        refusal = Refusal("wrong_method", 405, UNIMPLEMENTED, f"{path} takes POST, not {method}")
        return _refuse(refusal, (b"allow", b"POST, HEAD"))
    return None


def _encoding(headers: Mapping[bytes, bytes]) -> str:
    content_type = _media_type(headers)
    try:
        return _ENCODINGS[content_type]
    except KeyError:
        known = " or ".join(name.decode() for name in _ENCODINGS)
        shown = content_type[:100].decode("latin-1")
        raise UnsupportedMedia(f"content type {shown!r} is not read here; send {known}") from None


def _is_gzip(headers: Mapping[bytes, bytes]) -> bool:
    coding = headers.get(b"content-encoding", b"").strip().lower()
    try:
        return _IS_GZIP[coding]
    except KeyError:
        shown = coding[:100].decode("latin-1")
        raise UnsupportedMedia(f"content encoding {shown!r} is not read here; send gzip or identity") from None


def _media_type(headers: Mapping[bytes, bytes]) -> bytes:
    """Without its parameters, such as a charset."""
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower()


def _is_json(headers: Mapping[bytes, bytes]) -> bool:
    """Protobuf is answered in protobuf; all else in JSON, which anyone can read."""
    return _ENCODINGS.get(_media_type(headers)) != "protobuf"


def _refuse(refusal: Refusal, *headers: tuple[bytes, bytes]) -> Reply:
    retry = [] if refusal.retry_after_s is None else [(b"retry-after", str(refusal.retry_after_s).encode())]
    return Reply(refusal.answer, refusal.http_status, refusal.status, [*headers, *retry])


async def _send(send: Send, reply: Reply, is_json: bool, body: HttpBody) -> None:
    """Send the reply; when the body is not read to its end, close the connection instead of reading on."""
    content, headers = b"", list(reply.headers)
    if reply.message is not None:
        content = to_json(reply.message) if is_json else reply.message.SerializeToString()
        headers.append((b"content-type", _CONTENT_TYPES["json" if is_json else "protobuf"]))
    headers.append((b"content-length", str(len(content)).encode()))
    if body.is_pending:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if body.is_pending:
        await send({"type": "http.response.body", "body": content, "more_body": True})
        await body.discard()
        content = b""
    await send({"type": "http.response.body", "body": content})
