"""Log records whose body is a line of a log file, as a Collector forwards it."""

import gzip
import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from correlator.doors.json_logs import read_entry
from correlator.doors.json_logs.otlp_records import LogBatch
from correlator.model.limits import Limits
from correlator.model.tables import LOGS
from tests.unit.doors.json_logs.log_lines import CONSOLE, ECS, EVENT, N8N, ONE_OF_EACH, STDOUT, TIME_UNIX_NANO, TRACE_ID
from tests.unit.doors.otlp_frames import ARRIVAL, SPAN_ID, attribute, decoded, log_request

FILE_LOG = {"time_unix_nano": 0, "observed_time_unix_nano": ARRIVAL, "attributes": [attribute("log.file.name", string_value="a.log")]}  # fmt: skip


def row_of(line: dict[str, Any] | str, limits: Limits | None = None, **record: Any) -> dict[str, Any]:
    text = line if isinstance(line, str) else json.dumps(line)
    request = log_request(FILE_LOG | {"body": {"string_value": text}} | record)
    (row,) = decoded("logs", request.SerializeToString(), limits).tables.logs.to_pylist()
    return row


@pytest.mark.parametrize("name", list(ONE_OF_EACH))
def test_a_forwarded_line_is_the_record_that_a_file_gives(name: str) -> None:
    """But for what the sender added: the file's name, when it was read."""
    batch = LogBatch()
    entry = read_entry(ONE_OF_EACH[name])
    assert entry is not None
    batch.add(entry)
    table = decoded("logs", batch.serialize()).tables.logs
    assert table.schema == LOGS
    (from_file,) = table.to_pylist()
    forwarded = row_of(ONE_OF_EACH[name])
    assert json.loads(forwarded["attributes"]) == json.loads(from_file["attributes"]) | {"log.file.name": "a.log"}
    differing = {"attributes", "observed_time_unix_nano"}
    assert {key: forwarded[key] for key in forwarded.keys() - differing} == {
        key: from_file[key] for key in from_file.keys() - differing
    }
    assert forwarded["observed_time_unix_nano"] == ARRIVAL


def test_what_the_sender_set_wins() -> None:
    """Its attributes, its resource and scope, its times; the line fills in the rest."""
    request = log_request(
        FILE_LOG
        | {"body": {"string_value": json.dumps(ECS)}, "time_unix_nano": ARRIVAL - 7, "event_name": "given",
           "attributes": [attribute("exception.type", string_value="Given")]}
    )  # fmt: skip
    group = request.resource_logs[0]
    group.resource.attributes.add(key="service.name").value.string_value = "given"
    group.resource.attributes.add(key="host.name").value.string_value = "vm"
    group.scope_logs[0].scope.name = "given.scope"
    (row,) = decoded("logs", request.SerializeToString()).tables.logs.to_pylist()
    assert (
        json.loads(row["attributes"]).items() >= {"exception.type": "Given", "exception.message": "none of 7"}.items()
    )
    assert (row["service_name"], row["scope_name"], row["event_name"]) == ("given", "given.scope", "given")
    assert json.loads(row["resource_attributes"]) == {"service.name": "given", "host.name": "vm"}
    assert (row["time_unix_nano"], row["body"]) == (ARRIVAL - 7, "no stock left")


@pytest.mark.parametrize(
    "own",
    [
        {"trace_id": bytes(range(1, 17))},
        {"trace_id": b"broken"},
        {"severity_number": 9},
        {"severity_text": "INFO"},
        {"body": {"kvlist_value": {"values": [attribute("@timestamp", string_value="2026-11-21T04:06:00Z")]}}},
        {"body": {"string_value": json.dumps([ECS])}},
        {"body": {"string_value": '{"@timestamp": '}},
        {"body": {"string_value": '{"level": "info", "msg": "of no known format"}'}},
        {"body": {"string_value": json.dumps(ECS | {"@timestamp": "soon"})}},
        {"body": {"string_value": json.dumps({"__type": "$$EventMessageConfirm", "ts": "2026"})}},
        {"body": {"string_value": '{"a":' * 2_000}},
    ],
)
def test_any_other_record_stays_as_it_came(own: dict[str, Any]) -> None:
    """One with a trace or a severity of its own, and a body that is no line of a known format: never an error."""
    record = FILE_LOG | {"body": {"string_value": json.dumps(ECS)}} | own
    (row,) = decoded("logs", log_request(record).SerializeToString()).tables.logs.to_pylist()
    assert row["attributes"] == '{"log.file.name":"a.log"}'
    assert row["service_name"] == "unknown_service"
    assert row["body"].startswith(("{", "["))


@pytest.mark.parametrize(
    "limits", [Limits(attributes_per_record=3), Limits(nesting_depth=0)], ids=["attributes", "depth"]
)
def test_a_line_that_says_more_than_a_record_may_stays_a_body(limits: Limits) -> None:
    """The sender is not told of an error that it did not make."""
    line = json.dumps(ECS | {"tags": ["a"]})
    assert row_of(line, limits)["body"] == line


def test_lines_of_several_services_keep_their_senders() -> None:
    """Between others, within one resource: rows stay in order."""
    bodies = [
        json.dumps(ECS),
        "plain",
        json.dumps(ECS | {"service.name": "worker"}),
        json.dumps(EVENT),
        json.dumps(STDOUT),
    ]
    request = log_request(*({"body": {"string_value": body}} for body in bodies))
    rows = decoded("logs", request.SerializeToString()).tables.logs.to_pylist()
    assert [row["service_name"] for row in rows] == ["bridge", "unknown_service", "worker", "n8n", "n8n"]
    assert [row["body"] for row in rows][:2] == ["no stock left", "plain"]
    sources = [json.loads(row["resource_attributes"]).get("correlator.source") for row in rows]
    assert sources == [None, None, None, "n8n_event_log", "n8n_stdout"]
    assert rows[0]["trace_id"].hex() == TRACE_ID


def test_both_encodings_give_the_same_rows() -> None:
    """A Collector may send either."""
    request = log_request(*(FILE_LOG | {"body": {"string_value": json.dumps(line)}} for line in ONE_OF_EACH.values()))
    as_json = MessageToDict(request)
    protobuf = decoded("logs", request.SerializeToString()).tables.logs
    assert decoded("logs", json.dumps(as_json).encode(), encoding="json").tables.logs.equals(protobuf)


def test_a_whole_event_log_forwarded_joins_by_its_executions() -> None:
    """Confirmations stay as they are: the Collector can leave them out."""
    with gzip.open(N8N / "n8nEventLog.log.gz", "rt", encoding="utf-8") as lines:
        request = log_request(*(FILE_LOG | {"body": {"string_value": line}} for line in lines))
    rows = decoded("logs", request.SerializeToString()).tables.logs.to_pylist()
    assert len(rows) == 400
    assert sum(row["event_name"] is None for row in rows) == 200
    assert sum(row["is_error"] for row in rows) == 5
    assert sum("n8n.execution.id" in json.loads(row["attributes"]) for row in rows) == 169


@given(
    text=st.text(),
    known=st.sampled_from(list(ONE_OF_EACH.values())),
    cut=st.integers(0, 400),
    span=st.binary(max_size=9),
)
@settings(max_examples=200, deadline=None)
def test_no_body_is_an_error(text: str, known: dict[str, Any], cut: int, span: bytes) -> None:
    """Random text, and lines cut short and spliced; the same bytes give the same row."""
    line = json.dumps(known)
    bodies = ["{" + text, line[:cut] + text + line[cut:], line[:cut]]
    request = log_request(*({"body": {"string_value": body}, "span_id": span} for body in bodies))
    first, again = (decoded("logs", request.SerializeToString()) for _ in range(2))
    assert first == again
    assert first.tables.num_rows == 3
    assert first.rejections == ()


def test_the_time_of_a_line_is_the_records() -> None:
    """Where the sender gave none, as file_log does not."""
    row = row_of(CONSOLE)
    assert (row["time_unix_nano"], row["observed_time_unix_nano"]) == (TIME_UNIX_NANO, ARRIVAL)
    assert row_of(CONSOLE, span_id=SPAN_ID)["trace_id"].hex() == TRACE_ID


def test_a_request_of_entries_is_what_otlp_prescribes() -> None:
    """One group for each sender."""
    batch = LogBatch()
    for line in (*ONE_OF_EACH.values(), ECS):
        entry = read_entry(line)
        assert entry is not None
        batch.add(entry)
    request = ExportLogsServiceRequest.FromString(batch.serialize())
    assert len(batch) == 5
    assert [len(group.scope_logs[0].log_records) for group in request.resource_logs] == [1, 1, 2, 1]
