"""Requests to a door that is busy, refuses, or keeps a part."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsPartialSuccess, ExportLogsServiceResponse
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, LogsData, ResourceLogs, ScopeLogs

from correlator.cli.delivery import into_recorder
from correlator.cli.otlp_file import OtlpRequest
from correlator.model.tables import Tables
from correlator.pipeline.record import Recorder
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from tests.unit.cli.conftest import Cli, listening

Answer = tuple[int, dict[str, str], bytes]


def door(*answers: Answer) -> Callable[..., Any]:
    """An OTLP/HTTP door that gives these answers one after the other, the last for ever."""
    waiting = list(answers)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        status, headers, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    return app


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Three log records in protobuf."""
    records = [LogRecord(time_unix_nano=1, severity_number=9) for _ in range(3)]  # type: ignore[arg-type]
    data = LogsData(resource_logs=[ResourceLogs(scope_logs=[ScopeLogs(log_records=records)])])
    file = tmp_path / "logs.pb"
    file.write_bytes(data.SerializeToString())
    return file


PROTOBUF = {"content-type": "application/x-protobuf"}
BUSY: Answer = (503, PROTOBUF | {"retry-after": "0"}, Status(message="the disk is full").SerializeToString())
TAKEN: Answer = (200, PROTOBUF, b"")


def test_a_busy_door_is_asked_again(cli: Cli, logs: Path) -> None:
    """As Retry-After says."""
    with listening(door(BUSY, BUSY, TAKEN)) as url:
        answer = cli("ingest", logs, "--to", url, "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["accepted"]) == (0, 3)


def test_a_door_that_stays_busy_is_exit_code_3_with_its_reason(cli: Cli, logs: Path) -> None:
    """It is there, and cannot take anything."""
    with listening(door(BUSY)) as url:
        answer = cli("ingest", logs, "--to", url)
    assert (answer.exit_code, "the disk is full" in answer.stderr) == (3, True)


def test_a_refused_request_counts_with_all_its_records(cli: Cli, logs: Path) -> None:
    """And the door's own words."""
    with listening(door((400, PROTOBUF, Status(message="no OTLP at all").SerializeToString()))) as url:
        answer = cli("ingest", logs, "--to", url, "--json")
    (reason,) = json.loads(answer.stdout)["reasons"]
    assert (answer.exit_code, reason["reason"], reason["count"]) == (1, "http_400", 3)
    assert "no OTLP at all" in reason["message"]


def test_a_part_that_was_not_kept_is_counted(cli: Cli, logs: Path) -> None:
    """OTLP's partial success."""
    partial = ExportLogsPartialSuccess(rejected_log_records=2, error_message="2 value_too_long: ...")
    body = ExportLogsServiceResponse(partial_success=partial).SerializeToString()
    with listening(door((200, PROTOBUF, body))) as url:
        answer = cli("ingest", logs, "--to", url)
    assert answer.exit_code == 1
    assert "1 records in, 2 rejected" in answer.stdout
    assert "value_too_long" in answer.stdout


def test_a_door_that_asks_for_a_token_names_the_variable(cli: Cli, logs: Path) -> None:
    """Wrong use."""
    with listening(door((401, {}, b""))) as url:
        answer = cli("ingest", logs, "--to", url)
    assert (answer.exit_code, "CORRELATOR_API_TOKEN" in answer.stderr) == (2, True)


def test_requests_over_the_bound_of_bytes_in_flight_are_recorded_one_by_one() -> None:
    """Also in the moment in which a request is answered and its bytes are not given back yet."""
    body = b'{"resourceSpans": []}'
    requests = [OtlpRequest(f"spans.jsonl:{line}", "traces", "json", body) for line in range(500)]
    recorder = Recorder(MemoryStore(), lambda _: (Tables(), ()), EngineMetrics(), max_bytes_in_flight=1)
    assert len(list(into_recorder(requests, recorder))) == len(requests)
    recorder.close()
