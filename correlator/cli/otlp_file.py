"""A file of telemetry as OTLP requests: protobuf, or JSON one request a line, either of them gzipped; told apart by content."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from correlator.errors import InvalidInput

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
    """One request out of a file. `place` names it in messages: the file, and the line where it has lines."""

    place: str
    signal: str  # traces | logs | metrics
    encoding: str  # protobuf | json
    body: bytes


def _raise(error: InvalidInput) -> None:
    raise error


def read_requests(
    path: Path,
    on_bytes: Callable[[int], None] = lambda _: None,
    on_bad_line: Callable[[InvalidInput], None] = _raise,
) -> Iterator[OtlpRequest]:
    """The requests of one file, in order; `on_bytes` hears how far it has read, in bytes of the file as it is on disk.

    Raises InvalidInput for a file that is no OTLP. `on_bad_line` decides about a single line that is none: raising it ends the
    reading, as is the default, returning goes on with the next.
    """
    try:
        with path.open("rb") as raw:
            for request in _requests(str(path), _inflated(raw), on_bad_line):
                on_bytes(raw.tell())
                yield request
            on_bytes(raw.tell())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput(f"{path} is damaged gzip: {error}") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error


def _inflated(raw: BinaryIO) -> BinaryIO:
    magic = raw.read(2)
    raw.seek(0)
    return io.BufferedReader(gzip.GzipFile(fileobj=raw)) if magic == GZIP_MAGIC else raw


def _requests(name: str, content: BinaryIO, on_bad_line: Callable[[InvalidInput], None]) -> Iterator[OtlpRequest]:
    first = content.readline()
    if first.lstrip()[:1] == JSON_FIRST:
        yield from _json_requests(name, first, content, on_bad_line)
        return
    body = first + content.read()
    if not body.strip():
        raise InvalidInput(f"{name} is empty")
    yield OtlpRequest(name, protobuf_signal(name, body), "protobuf", body)


def _json_requests(
    name: str, first: bytes, rest: BinaryIO, on_bad_line: Callable[[InvalidInput], None]
) -> Iterator[OtlpRequest]:
    if not _is_json(first):  # one document over many lines
        body = first + rest.read()
        yield OtlpRequest(name, json_signal(name, body), "json", body)
        return
    for number, line in enumerate(_lines(first, rest), start=1):
        place = f"{name}:{number}"
        if not line.strip():
            continue
        try:
            signal = json_signal(place, line)
        except InvalidInput as error:
            on_bad_line(error)
            continue
        yield OtlpRequest(place, signal, "json", line)


def _lines(first: bytes, rest: BinaryIO) -> Iterator[bytes]:
    yield first
    yield from rest


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def json_signal(place: str, body: bytes) -> str:
    """Which signal a JSON request carries. Raises InvalidInput when it is none."""
    try:
        keys = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{place} is no JSON object: {error}") from error
    for signal, (outermost, *_) in LEVELS.items():
        if outermost in keys:
            return signal
    raise InvalidInput(f"{place} is no OTLP: it has none of resourceSpans, resourceLogs, resourceMetrics")


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
