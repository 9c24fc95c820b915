"""Files of telemetry, told apart by content."""

import gzip
import json
from pathlib import Path

import pytest
from google.protobuf.json_format import Parse
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from correlator.cli.otlp_file import read_requests
from correlator.cli.record_count import count_records
from correlator.errors import InvalidInput

TIME = "1769860800000000000"
POINT = {"timeUnixNano": TIME, "asInt": "3"}
ATTRIBUTES = [{"key": "service.name", "value": {"stringValue": "worker"}}]
JSON = {
    "traces": {
        "resourceSpans": [
            {
                "resource": {"attributes": ATTRIBUTES},
                "scopeSpans": [{"spans": [{"name": "a", "startTimeUnixNano": TIME, "kind": 2}, {"name": "b"}]}],
            }
        ]
    },
    "logs": {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"observedTimeUnixNano": TIME, "severityNumber": 9}]}]}]},
    "metrics": {
        "resourceMetrics": [
            {"scopeMetrics": [{"metrics": [{"name": "m", "sum": {"dataPoints": [POINT, POINT, POINT]}}]}]}
        ]
    },
}
COUNTS = {"traces": 2, "logs": 1, "metrics": 3}
MESSAGES = {"traces": TracesData, "logs": LogsData, "metrics": MetricsData}


def protobuf(signal: str) -> bytes:
    return Parse(json.dumps(JSON[signal]), MESSAGES[signal]()).SerializeToString()


@pytest.mark.parametrize("signal", list(JSON))
@pytest.mark.parametrize("is_gzip", [False, True])
def test_protobuf_tells_its_signal_by_its_records(tmp_path: Path, signal: str, is_gzip: bool) -> None:
    """The three messages look alike down to there."""
    body = protobuf(signal)
    file = tmp_path / "file"
    file.write_bytes(gzip.compress(body) if is_gzip else body)
    (request,) = read_requests(file)
    assert (request.signal, request.encoding, request.body) == (signal, "protobuf", body)
    assert count_records(request) == COUNTS[signal]


@pytest.mark.parametrize("is_gzip", [False, True])
def test_json_lines_are_a_request_each(tmp_path: Path, is_gzip: bool) -> None:
    """Of any signal, blank lines left out; messages name the line."""
    text = "\n\n".join(json.dumps(each) for each in JSON.values()).encode() + b"\n"
    file = tmp_path / "file"
    file.write_bytes(gzip.compress(text) if is_gzip else text)
    requests = list(read_requests(file))
    assert [request.signal for request in requests] == list(JSON)
    assert [count_records(request) for request in requests] == list(COUNTS.values())
    assert [request.place for request in requests] == [f"{file}:1", f"{file}:3", f"{file}:5"]


def test_one_json_document_may_span_lines(tmp_path: Path) -> None:
    """As people print it."""
    file = tmp_path / "file"
    file.write_text(json.dumps(JSON["logs"], indent=2), encoding="utf-8")
    (request,) = read_requests(file)
    assert (request.signal, request.encoding) == ("logs", "json")


def test_progress_is_told_in_bytes_on_disk(tmp_path: Path) -> None:
    """Also where the file is compressed."""
    file = tmp_path / "file"
    file.write_bytes(gzip.compress(b"\n".join(json.dumps(JSON["logs"]).encode() for _ in range(5))))
    heard: list[int] = []
    list(read_requests(file, heard.append))
    assert heard == sorted(heard)
    assert heard[-1] == file.stat().st_size


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\xff\xfe random bytes", "no OTLP"),
        (b"plain text\n", "no OTLP"),
        (b"{}\n", "has none of resourceSpans"),
        (b'{"a": 1', "no JSON object"),
        (b'{"resourceSpans": []}\n[1]\n', ":2 is no JSON object"),
        (gzip.compress(b"{}" * 500)[:-9], "damaged gzip"),
        (b"\x1f\x8bnonsense", "damaged gzip"),
    ],
)
def test_anything_else_is_refused_by_name(tmp_path: Path, content: bytes, expected: str) -> None:
    """With the line, where there are lines."""
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match=expected) as raised:
        list(read_requests(file))
    assert str(file) in str(raised.value)


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    """The operating system's reason is told."""
    with pytest.raises(InvalidInput, match="cannot be read"):
        list(read_requests(tmp_path))
