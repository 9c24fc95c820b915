"""correlator ingest."""

import gzip
import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli
from tests.unit.serve.api import N8N, TRACE_ID, failing_request

BAD_SPAN = {"traceId": "00", "spanId": "b7ad6b7169203332", "name": "bad", "startTimeUnixNano": "1"}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.jsonl"
    file.write_text(json.dumps(failing_request()) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def partly_bad(tmp_path: Path) -> Path:
    request = failing_request()
    request["resourceSpans"][0]["scopeSpans"][0]["spans"].append(BAD_SPAN)
    file = tmp_path / "bad.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps(request).encode()))
    return file


def test_what_a_real_n8n_sent_goes_into_a_data_folder(cli: Cli, tmp_path: Path) -> None:
    """Protobuf, and still there when the folder is opened again."""
    files = sorted(N8N.glob("otlp_raw_*.pb"))
    for _ in range(2):
        answer = cli("ingest", *files, "--data-dir", tmp_path / "data", "--json")
        report = json.loads(answer.stdout)
        assert answer.exit_code == 0, answer.output
        assert (report["accepted"] > 0, report["rejected"], report["reasons"]) == (True, 0, [])


def test_rejected_records_are_counted_with_their_reason_and_exit_code_1(
    cli: Cli, tmp_path: Path, partly_bad: Path
) -> None:
    """Their neighbours are kept."""
    answer = cli("ingest", partly_bad, "--data-dir", tmp_path / "data")
    assert answer.exit_code == 1, answer.output
    assert "2 records in, 1 rejected" in answer.stdout
    assert "bad_trace_id" in answer.stdout


def test_nobody_at_the_url_is_exit_code_3(cli: Cli, good: Path, nobody_url: str) -> None:
    """With what to do."""
    answer = cli("ingest", good, "--to", nobody_url)
    assert answer.exit_code == 3
    assert "correlator serve" in answer.stderr


def test_wrong_use_is_exit_code_2(cli: Cli, tmp_path: Path, good: Path) -> None:
    """A missing file, two destinations."""
    for arguments in (
        ("ingest", tmp_path / "none"),
        ("ingest", good, "--data-dir", tmp_path / "data", "--to", "http://127.0.0.1:1"),
        ("ingest",),
    ):
        assert cli(*arguments).exit_code == 2


def test_what_is_no_telemetry_is_counted_and_the_rest_is_kept(cli: Cli, tmp_path: Path, good: Path) -> None:
    """A whole file, and a line cut short in another."""
    text, torn = tmp_path / "text", tmp_path / "torn.jsonl"
    text.write_text("hello\n", encoding="utf-8")
    torn.write_text(good.read_text(encoding="utf-8") * 2 + '{"resourceSpans": [', encoding="utf-8")
    answer = cli("ingest", text, torn, good, "--data-dir", tmp_path / "data", "--json")
    report = json.loads(answer.stdout)
    assert (answer.exit_code, report["accepted"], report["rejected"]) == (1, 6, 2)
    assert [each["reason"] for each in report["reasons"]] == ["not_otlp", "not_json"]
    assert str(text) in report["reasons"][0]["message"]


def test_a_file_goes_to_a_running_engine_and_can_be_asked_for(
    cli: Cli, engine: dict[str, str], good: Path, partly_bad: Path
) -> None:
    """Over the door that everything else uses too; the same counts as into a folder."""
    answer = cli("ingest", good, partly_bad, *sorted(N8N.glob("*.pb")), "--to", engine["otlp_http"], "--json")
    report = json.loads(answer.stdout)
    assert (answer.exit_code, report["rejected"]) == (1, 1)
    assert report["accepted"] > 4
    assert "bad_trace_id" in report["reasons"][0]["message"]
    asked = cli("explain", TRACE_ID, "--api", engine["api"], "--json")
    assert json.loads(asked.stdout)["candidates"][0]["component"] == "invoice-worker"


def test_a_folder_in_use_is_named(cli: Cli, engine: dict[str, str], good: Path) -> None:
    """Use --to instead."""
    answer = cli("ingest", good, "--data-dir", engine["data_dir"])
    assert answer.exit_code == 2
    assert engine["data_dir"] in answer.stderr


LOGS = N8N.parent / "n8n"


def test_n8ns_event_log_goes_in_and_what_carries_nothing_is_counted(cli: Cli, tmp_path: Path) -> None:
    """Skipped is not rejected: exit code 0."""
    file = LOGS / "n8nEventLog.log.gz"
    answer = cli("ingest", file, "--data-dir", tmp_path / "data", "--json")
    report = json.loads(answer.stdout)
    assert answer.exit_code == 0, answer.output
    assert {key: report[key] for key in ("accepted", "rejected", "skipped")} == {
        "accepted": 200, "rejected": 0, "skipped": 200,
    }  # fmt: skip
    assert "confirmation" in report["first_skipped"]
    shown = cli("ingest", file, "--data-dir", tmp_path / "data")
    assert "200 records in, 0 rejected, 200 skipped" in shown.stdout


def test_log_lines_go_to_a_running_engine(cli: Cli, engine: dict[str, str], tmp_path: Path) -> None:
    """A bad line is named by file, number and reason; the others are kept."""
    stdout = LOGS / "queue_stdout_main_info.jsonl.gz"
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(b"n8n is starting\n" + gzip.decompress(stdout.read_bytes()))
    answer = cli("ingest", stdout, torn, "--to", engine["otlp_http"], "--json")
    report = json.loads(answer.stdout)
    assert (answer.exit_code, report["accepted"], report["rejected"]) == (1, 120, 1)
    assert report["reasons"][0]["reason"] == "not_json"
    assert report["reasons"][0]["message"].startswith(f"{torn}:1 is no JSON object")
