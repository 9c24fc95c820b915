"""What doctor looks at."""

import fcntl
import json
import socket
from pathlib import Path

import pytest

from correlator.cli.checks import brokers
from correlator.cli.checks.check import Verdict
from correlator.cli.checks.clock import check_clock
from correlator.cli.checks.data_folder import check_data_folder
from correlator.cli.checks.disk import check_room, check_sync
from correlator.cli.checks.objectives import check_objectives
from correlator.cli.checks.ports import check_ports
from correlator.cli.checks.software import check_libraries, check_python
from correlator.cli.doctor import run_checks
from correlator.cli.exits import ExitCode
from correlator.settings import load_settings
from tests.unit.cli.answering import answering
from tests.unit.cli.conftest import Cli, listening
from tests.unit.serve.api import make_api
from tests.unit.slo.openslo.documents import GOOD

FREE = {
    "CORRELATOR_LISTEN__OTLP_HTTP": "127.0.0.1:0",
    "CORRELATOR_LISTEN__OTLP_GRPC": "127.0.0.1:0",
    "CORRELATOR_LISTEN__API": "127.0.0.1:0",
}


def test_python_libraries_and_clock_are_well_here() -> None:
    """Or these tests would not run."""
    assert [check().verdict for check in (check_python, check_libraries, check_clock)] == [Verdict.OK] * 3


def test_a_free_port_is_ok_and_a_taken_one_names_its_option(tmp_path: Path) -> None:
    """What to do is part of it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        free, held, api = check_ports({"otlp_http": "127.0.0.1:0", "otlp_grpc": address, "api": "127.0.0.1:0"})
    assert (free.verdict, held.verdict, api.verdict) == (Verdict.OK, Verdict.FAIL, Verdict.OK)
    assert address in held.seen
    assert "--otlp-grpc" in held.remedy


def test_a_port_that_our_engine_holds_is_ok() -> None:
    """It answers at /healthz."""
    with listening(make_api().app) as url:
        address = url.removeprefix("http://")
        (check,) = check_ports({"api": address})
    assert (check.verdict, "an engine is running" in check.seen) == (Verdict.OK, True)


def test_an_address_of_another_machine_fails() -> None:
    """192.0.2.0/24 is for documentation (RFC 5737)."""
    (check,) = check_ports({"api": "192.0.2.1:7070"})
    assert check.verdict is Verdict.FAIL


def test_a_mistake_in_an_objective_fails_as_it_ends_the_start(cli: Cli, tmp_path: Path) -> None:
    """With its file and line."""
    (tmp_path / "slo.yaml").write_text(GOOD.replace("0.999", "99.9"))
    settings = tmp_path / "correlator.yaml"
    settings.write_text(f"slo: {{folders: [{tmp_path / 'slo.yaml'}]}}\n")
    given = ("doctor", "--config", settings, "--data-dir", tmp_path / "data")
    broken = cli(*given, COLUMNS="300", **FREE)
    assert broken.exit_code == ExitCode.FOUND_PROBLEM
    assert f"fail objectives: slo.folders cannot be read as objectives: {tmp_path / 'slo.yaml'}:21: " in broken.stdout
    (tmp_path / "slo.yaml").write_text(GOOD)
    assert f"objectives: 9 in force, with those of {tmp_path / 'slo.yaml'}" in cli(*given, COLUMNS="300", **FREE).stdout


def test_an_objective_looks_back_as_far_as_the_store_in_use_keeps(tmp_path: Path) -> None:
    """The retention of the other store is none of its."""
    (tmp_path / "slo.yaml").write_text(GOOD)
    kept = {"store": {"kind": "elasticsearch", "retention_age": "7d"}, "elasticsearch": {"retention": "30d"}}
    flags = {**kept, "slo": {"folders": [tmp_path / "slo.yaml"]}}
    assert check_objectives(load_settings(flags=flags)).verdict is Verdict.OK
    flags["elasticsearch"] = {"retention": "7d"}
    assert check_objectives(load_settings(flags=flags)).verdict is Verdict.FAIL


def test_room_is_judged_by_the_settings_limit(tmp_path: Path) -> None:
    """Of the nearest folder that exists."""
    assert check_room(tmp_path / "not" / "yet", 0).verdict in (Verdict.OK, Verdict.WARN)
    assert check_room(tmp_path, 2**62).verdict is Verdict.FAIL


def test_sync_is_timed_and_leaves_nothing(tmp_path: Path) -> None:
    """In the data folder itself."""
    assert " ms" in check_sync(tmp_path).seen
    assert not list(tmp_path.iterdir())


def test_a_data_folder_is_looked_at_and_not_made(tmp_path: Path) -> None:
    """doctor changes nothing."""
    assert check_data_folder(tmp_path / "new").verdict is Verdict.OK
    assert not (tmp_path / "new").exists()
    assert check_data_folder(tmp_path).verdict is Verdict.OK


@pytest.mark.parametrize("text", ["999", "nonsense"])
def test_a_format_that_is_not_known_fails(tmp_path: Path, text: str) -> None:
    """A newer version wrote it, or it is no data folder."""
    (tmp_path / "format").write_text(text, encoding="utf-8")
    check = check_data_folder(tmp_path)
    assert (check.verdict, text in check.seen) == (Verdict.FAIL, True)


def test_a_folder_in_use_is_said_to_be(tmp_path: Path) -> None:
    """That is no fault: the engine runs."""
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        check = check_data_folder(tmp_path)
    assert (check.verdict, "running engine" in check.seen) == (Verdict.OK, True)


def test_doctor_prints_a_line_a_check_and_ends_with_0(cli: Cli, tmp_path: Path) -> None:
    """On free ports."""
    answer = cli("doctor", "--data-dir", tmp_path / "data", **FREE)
    assert answer.exit_code == 0, answer.output
    for name in (
        "python",
        "libraries",
        "settings",
        "port otlp_http",
        "disk space",
        "disk sync",
        "data folder",
        "clock",
    ):
        assert f" {name}: " in answer.stdout


def test_doctor_ends_with_1_where_a_check_fails(cli: Cli, tmp_path: Path) -> None:
    """--json has the same."""
    (tmp_path / "format").write_text("999", encoding="utf-8")
    answer = cli("doctor", "--data-dir", tmp_path, "--json", **FREE)
    report = json.loads(answer.stdout)
    assert (answer.exit_code, report["ok"]) == (1, False)
    assert [check["name"] for check in report["checks"] if check["verdict"] == "fail"] == ["data folder"]


def test_doctor_reports_a_wrong_setting_instead_of_stopping(cli: Cli, tmp_path: Path) -> None:
    """It is what one runs when nothing else does."""
    answer = cli("doctor", "--config", tmp_path / "none.yaml")
    assert answer.exit_code == 1
    assert "none.yaml" in answer.stdout.replace("\n", "")  # a long temporary path is wrapped


def test_a_disk_is_not_asked_of_where_everything_is_in_elasticsearch(tmp_path: Path) -> None:
    """What is wanted of the data folder is the embedded store's."""
    config = tmp_path / "correlator.yaml"
    config.write_text("store: {kind: elasticsearch}\n", encoding="utf-8")
    of_the_disk = {"disk space", "disk sync", "data folder"}
    embedded = {each.name for each in run_checks(None, tmp_path / "data")}
    assert of_the_disk & embedded
    assert not of_the_disk & {each.name for each in run_checks(config, tmp_path / "data")}


def test_servers_are_asked_where_the_settings_name_them_and_not_otherwise(
    tmp_path: Path, nobody_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fails here, as nobody is there."""
    monkeypatch.setattr(brokers, "ASK_S", 0.5)
    config = tmp_path / "correlator.yaml"
    address = nobody_url.removeprefix("http://")
    sections = {
        "n8n": {"base_url": nobody_url, "api_key": "key"},
        "elasticsearch": {"hosts": [nobody_url]},
        "kibana": {"url": nobody_url},
        "kafka": {"bootstrap_servers": [address]},
        "forward": {"targets": [{"name": "central", "endpoint": nobody_url}]},
    }
    config.write_text(json.dumps(sections), encoding="utf-8")  # JSON is YAML
    named = {"n8n", "elasticsearch", "kibana", "kafka", "forward central"}
    checks = {each.name: each for each in run_checks(config, tmp_path / "data")}
    assert {checks[name].verdict for name in named} == {Verdict.FAIL}
    assert all(checks[name].remedy for name in named)
    assert not named & {each.name for each in run_checks(None, tmp_path / "data")}


def test_a_servers_words_do_not_steer_the_terminal(cli: Cli, tmp_path: Path) -> None:
    """ESC begins a command to it."""
    config = tmp_path / "correlator.yaml"
    with answering(lambda _: (200, {"status": {"overall": {"level": "\x1b[2Jfine"}}})) as kibana:
        config.write_text(f"kibana: {{url: '{kibana.url}'}}\n", encoding="utf-8")
        answer = cli("doctor", "--config", config, "--data-dir", tmp_path / "data", COLUMNS="200", **FREE)
    assert f"fail kibana: {kibana.url} is  [2Jfine" in answer.stdout
    assert "\x1b" not in answer.stdout
