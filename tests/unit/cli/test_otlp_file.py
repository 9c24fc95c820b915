"""Files of telemetry, told apart by content."""

import contextlib
import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from google.protobuf.json_format import Parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from correlator.cli import json_texts
from correlator.cli.otlp_file import BadLine, Listener, OtlpRequest, read_requests
from correlator.cli.record_count import count_records
from correlator.errors import InvalidInput
from correlator.model.limits import Limits

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
    list(read_requests(file, Listener(on_bytes=heard.append)))
    assert heard == sorted(heard)
    assert heard[-1] == file.stat().st_size


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\xff\xfe random bytes", "no OTLP"),
        (b"plain text\n", "no OTLP"),
        (b"{}\n", "n8n_event_log, n8n_stdout, ecs, otel_json, OTLP/JSON"),
        (b"plain text\n" * 10_000, "no OTLP"),
        (b'{"a": 1', "no JSON object"),
        (b'{"resourceSpans": []}\n[1]\n', ":2 is no JSON object"),
        (gzip.compress(b"{}" * 500, mtime=0)[:-9], "damaged gzip"),
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


ECS = {"@timestamp": "2026-11-21T04:06:00.079Z", "log.level": "error", "message": "no stock left"}
EVENT = {"__type": "$$EventMessageNode", "id": "1", "ts": "2026-11-21T04:06:00.079Z", "eventName": "n8n.node.started"}
CONFIRM = {"__type": "$$EventMessageConfirm", "confirm": "1", "ts": "2026-11-21T04:06:00.079Z"}
CONSOLE = {"body": "boom", "severity_number": 17, "timestamp": "2026-11-21T04:06:00.079Z", "attributes": None}


@dataclass
class Heard:
    """What was said of the lines that did not go in."""

    bad: list[BadLine] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def read(self, file: Path, content: str | bytes, limits: Limits | None = None) -> list[OtlpRequest]:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(
            read_requests(file, Listener(lambda _: None, self.bad.append, self.skipped.append), limits or Limits())
        )

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Line and reason."""
        return [(str(bad).split(" ", 1)[0].rpartition(":")[2], bad.reason) for bad in self.bad]


def bodies(requests: list[OtlpRequest]) -> list[str]:
    messages = [LogsData.FromString(each.body) for each in requests if each.encoding == "protobuf"]
    records = [
        record for each in messages for group in each.resource_logs for record in group.scope_logs[0].log_records
    ]
    return [record.body.string_value for record in records]


@pytest.mark.parametrize("is_gzip", [False, True])
def test_log_lines_of_any_format_and_requests_mix(tmp_path: Path, is_gzip: bool) -> None:
    """Log lines go together into one request, which names its lines."""
    lines = [ECS, JSON["traces"], EVENT, CONFIRM, CONSOLE]
    content = "\n".join(map(json.dumps, lines)).encode()
    heard = Heard()
    traces, logs = heard.read(tmp_path / "file", gzip.compress(content) if is_gzip else content)
    assert (traces.signal, traces.place) == ("traces", f"{tmp_path / 'file'}:2")
    assert (logs.signal, logs.encoding, logs.place) == ("logs", "protobuf", f"{tmp_path / 'file'}:1-5")
    assert count_records(logs) == 3
    assert sorted(bodies([logs])) == ["boom", "n8n.node.started", "no stock left"]
    assert heard == Heard([], [f"{tmp_path / 'file'}:4 carries nothing: a confirmation in n8n's event log"])


def test_bad_lines_are_named_and_their_neighbours_go_in(tmp_path: Path) -> None:
    """With the reason, whatever they are."""
    good = json.dumps(ECS)
    lines = [
        "n8n ready", good, good[:40], good, '{"level": "info"}', json.dumps(ECS | {"@timestamp": "soon"}), "[1]",
        json.dumps(EVENT | {"eventName": ""}), "\x1b[31mred\x1b[0m", '{"a": "\xff"}', "", good, '{"a":' * 3_000 + "1" + "}" * 3_000,
        good, good[:-1],
    ]  # fmt: skip
    heard = Heard()
    requests = heard.read(tmp_path / "file", "\n".join(lines).encode("latin-1"))
    assert bodies(requests) == ["no stock left"] * 4
    assert heard.reasons == [
        ("1", "not_json"), ("3", "not_json"), ("5", "unknown_format"), ("6", "bad_time"), ("7", "not_json"),
        ("8", "bad_event"), ("9", "not_json"), ("10", "not_json"), ("13", "nested_too_deep"), ("15", "not_json"),
    ]  # fmt: skip
    assert "ecs" in str(heard.bad[2])


def test_a_line_over_a_limit_is_named(tmp_path: Path) -> None:
    """Before it is sent: its request would be refused whole for nesting, and its line unknown for the rest."""
    nested: object = 1
    for _ in range(30):
        nested = [nested]
    extras = ({"x": "y" * 100}, {"deep": nested}, {f"k{n}": n for n in range(20)}, {})
    heard = Heard()
    requests = heard.read(
        tmp_path / "file", "\n".join(json.dumps(ECS | extra) for extra in extras), Limits(attributes_per_record=9, value_bytes=64)
    )  # fmt: skip
    assert heard.reasons == [("1", "value_too_long"), ("2", "nested_too_deep"), ("3", "too_many_attributes")]
    assert len(bodies(requests)) == 1


def test_a_console_exporters_objects_over_many_lines(tmp_path: Path) -> None:
    """One after the other, as the SDK for Python prints them; another object of the sort between is refused alone."""
    span = {"name": "a", "context": {"trace_id": "0x1"}}
    texts = [json.dumps(each, indent=4) for each in (CONSOLE, span, CONSOLE)]
    heard = Heard()
    requests = heard.read(tmp_path / "file", "\n".join([*texts, json.dumps(ECS)]))
    assert bodies(requests) == ["boom", "boom", "no stock left"]
    assert heard.reasons == [("7", "unknown_format")]


def test_an_object_that_was_cut_short_does_not_take_others_with_it(tmp_path: Path) -> None:
    """Also one over many lines; at the end of the file it is refused too."""
    torn = json.dumps(CONSOLE, indent=4)[:30]
    heard = Heard()
    requests = heard.read(tmp_path / "file", f"{torn}\n{json.dumps(ECS)}\n{torn}")
    assert bodies(requests) == ["no stock left"]
    assert heard.reasons == [("1", "not_json"), ("5", "not_json")]


def test_many_lines_are_several_requests(tmp_path: Path) -> None:
    """Each of so many that memory stays bounded, none lost between."""
    lines = [json.dumps(ECS | {"message": str(number), "service.name": f"s{number % 3}"}) for number in range(10_000)]
    requests = Heard().read(tmp_path / "file", "\n".join(lines))
    assert [count_records(request) for request in requests] == [4_096, 4_096, 1_808]
    assert [request.place.rpartition(":")[2] for request in requests] == ["1-4096", "4097-8192", "8193-10000"]
    assert sorted(map(int, bodies(requests))) == list(range(10_000))


def test_a_text_that_is_too_long_is_refused_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over one line or many; no more of it is held in memory than a text may have."""
    monkeypatch.setattr(json_texts, "LONGEST_TEXT", 400)
    long_line = json.dumps(ECS | {"x": "y" * 2_000})
    long_object = json.dumps(CONSOLE | {"x": ["y"] * 200}, indent=4)
    heard = Heard()
    requests = heard.read(
        tmp_path / "file", "\n".join([json.dumps(ECS), long_line, json.dumps(ECS), long_object, json.dumps(ECS)])
    )
    assert bodies(requests) == ["no stock left"] * 3
    assert [reason for reason in heard.reasons if reason[1] == "too_long"] == [("2", "too_long"), ("4", "too_long")]


@given(st.binary(max_size=300), st.integers(0, 200))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused(tmp_path: Path, noise: bytes, cut: int) -> None:
    """Alone, and within lines that are good."""
    good = json.dumps(ECS).encode()
    for content in (noise, b"{" + noise, good + b"\n" + good[:cut] + noise + b"\n" + good):
        with contextlib.suppress(InvalidInput):
            Heard().read(tmp_path / "file", content)
