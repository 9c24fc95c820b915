"""A file of telemetry as OTLP requests, told apart by content: protobuf, OTLP/JSON, log lines in JSON; gzipped or not."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from correlator.cli.json_texts import BYTE_ORDER_MARK, LONGEST_TEXT, json_texts
from correlator.cli.log_lines import LogLines
from correlator.doors.json_logs import Unreadable, sniff
from correlator.errors import InvalidInput
from correlator.model.limits import Limits

HEAD_BYTES: Final = 2**16  # of a file, by which it is told what it is
PROTOBUF_FIRST: Final = b"\x0a"  # tag of the resources in a request: what begins otherwise need not be read in whole
PROTOBUF_SCOPE: Final = b"\x12"  # tag of the scopes in a resource's records; no text holds this control character
CARRIES_NOTHING: Final = "carries nothing: a confirmation in n8n's event log"
GZIP_MAGIC: Final = b"\x1f\x8b"  # RFC 1952
JSON_FIRST: Final = b"{"
LEVELS: Final = {
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
    "metrics": ("resourceMetrics", "scopeMetrics", "metrics"),
}
"""Signal to the fields that lead from a request to its records (metrics: their data points lie one deeper)."""
MESSAGES: Final[dict[str, type[Message]]] = {"traces": TracesData, "logs": LogsData, "metrics": MetricsData}
"""On the wire the same as the export requests."""


@dataclass(frozen=True, slots=True)
class OtlpRequest:
    """One request out of a file. `place` names it in messages: the file, and the line or lines where it has lines."""

    place: str
    signal: str  # traces | logs | metrics
    encoding: str  # protobuf | json
    body: bytes


class BadLine(InvalidInput):
    """A line of a file that is not taken in. `reason` is one of a few words, the message names file and line."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def _raise(error: InvalidInput) -> None:
    raise error


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of a file while it is read: how far, in bytes of the file as it is on disk; of a line that is not taken in
    (raising it ends the reading, returning goes on with the next); and of one that carries nothing, with why."""

    on_bytes: Callable[[int], None] = lambda _: None
    on_bad_line: Callable[[BadLine], None] = _raise
    on_skipped_line: Callable[[str], None] = lambda _: None


def read_requests(
    path: Path,
    listener: Listener = Listener(),
    limits: Limits = Limits(),  # noqa: B008 (frozen)
) -> Iterator[OtlpRequest]:
    """The requests of one file, in order, the file never whole in memory unless it is protobuf.

    Log lines become requests of some thousand records. Raises InvalidInput for a file that is neither OTLP nor holds JSON;
    a log line that is over `limits` is a bad line.
    """
    try:
        with io.BufferedReader(io.FileIO(path), HEAD_BYTES) as raw:
            for request in _requests(str(path), _inflated(raw), listener, limits):
                listener.on_bytes(raw.tell())
                yield request
            listener.on_bytes(raw.tell())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput(f"{path} is damaged gzip: {error}") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error


def _inflated(raw: "io.BufferedReader[Any]") -> "io.BufferedReader[Any]":
    magic = raw.peek(2)[:2]
    return io.BufferedReader(gzip.GzipFile(fileobj=raw), HEAD_BYTES) if magic == GZIP_MAGIC else raw


def _requests(
    name: str, content: "io.BufferedReader[Any]", listener: Listener, limits: Limits
) -> Iterator[OtlpRequest]:
    head = content.peek(HEAD_BYTES)
    if holds_json(head):
        yield from _json_requests(name, content, listener, limits)
        return
    body = content.read() if head[:1] == PROTOBUF_FIRST else head
    if not body.strip():
        raise InvalidInput(f"{name} is empty")
    yield OtlpRequest(name, protobuf_signal(name, body), "protobuf", body)


def holds_json(head: bytes) -> bool:
    """Whether a file that begins so is JSON: some line opens an object, though text of another kind may come before."""
    return PROTOBUF_SCOPE not in head and any(
        line.removeprefix(BYTE_ORDER_MARK).lstrip()[:1] == JSON_FIRST for line in head.split(b"\n")
    )


def _json_requests(
    name: str, content: "io.BufferedReader[Any]", listener: Listener, limits: Limits
) -> Iterator[OtlpRequest]:
    lines = LogLines(limits)
    for text in json_texts(content, _is_known):
        place = f"{name}:{text.line}"
        try:
            if text.content is None:
                raise Unreadable("too_long", f"has more than {LONGEST_TEXT} bytes; split it")
            if signal := json_signal(text.content):
                yield OtlpRequest(place, signal, "json", text.content)
            elif not lines.add(text.line, text.content):
                listener.on_skipped_line(f"{place} {CARRIES_NOTHING}")
        except Unreadable as unreadable:
            listener.on_bad_line(BadLine(unreadable.reason, f"{place} {_told(unreadable)}"))
        if lines.is_full:
            yield _log_request(name, lines)
    if not lines.is_empty:
        yield _log_request(name, lines)


def _log_request(name: str, lines: LogLines) -> OtlpRequest:
    numbers, body = lines.take()
    return OtlpRequest(f"{name}:{numbers}", "logs", "protobuf", body)


def _told(unreadable: Unreadable) -> str:
    is_unknown = unreadable.reason == "unknown_format"
    return f"{unreadable.message}, OTLP/JSON (resourceSpans, …)" if is_unknown else unreadable.message


def json_signal(text: bytes) -> str | None:
    """Which signal a JSON object carries as an OTLP request; None where it is none, or no JSON."""
    try:
        keys = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return next((signal for signal, (outermost, *_) in LEVELS.items() if outermost in keys), None)


def _is_known(text: bytes) -> bool:
    """Whether it is, whole, something that can be taken in."""
    try:
        return json_signal(text) is not None or sniff(msgspec.json.decode(text, type=dict[str, Any])) is not None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def protobuf_signal(place: str, body: bytes) -> str:
    """Which signal a protobuf request carries: the three look alike down to the fields of their records.

    Raises InvalidInput when it is none, or has no record to tell by.
    """
    for signal, is_record in _TELLS:
        if any(map(is_record, _records(signal, body))):
            return signal
    raise InvalidInput(f"{place} is no OTLP: neither spans nor log records nor metrics in protobuf, and no JSON")


def _records(signal: str, body: bytes) -> Iterator[Any]:
    try:
        request = MESSAGES[signal].FromString(body)
    except DecodeError:
        return
    resources, scopes, records = map(snake, LEVELS[signal])
    for resource in getattr(request, resources):
        for scope in getattr(resource, scopes):
            yield from getattr(scope, records)


def snake(name: str) -> str:
    """A JSON field's name as protobuf has it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _is_span(record: Any) -> bool:
    return bool(record.start_time_unix_nano or record.end_time_unix_nano)


def _is_log(record: Any) -> bool:
    return bool(record.time_unix_nano or record.observed_time_unix_nano or record.severity_number)


def _is_metric(record: Any) -> bool:
    return record.WhichOneof("data") is not None


# Read with another signal's schema, these fields are of the wrong wire type and come out unset. Metrics last: they have
# only fields that a span has too.
_TELLS: Final[tuple[tuple[str, Callable[[Any], bool]], ...]] = (
    ("traces", _is_span),
    ("logs", _is_log),
    ("metrics", _is_metric),
)
