"""correlator kibana import, against a stand-in that validates as Kibana does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from correlator.cli.exits import ExitCode
from correlator.cli.kibana.shipped import ENGINE_URL, INDEX_PREFIX, MARK, shipped_file, shipped_objects
from dashboards.source.kibana import data_views
from dashboards.source.kibana.saved_object import TAG
from tests.unit.cli.answering import answering
from tests.unit.cli.conftest import Cli
from tests.unit.cli.kibana.kibana_double import KibanaDouble, running

SHIPPED = shipped_objects(ENGINE_URL, INDEX_PREFIX)
KEYS = [each.key for each in SHIPPED]
DASHBOARD = ("dashboard", "correlator-errors")
OTHERS: dict[str, Any] = {
    "type": "dashboard",
    "id": "correlator-errors",
    "attributes": {"title": "Errors of the night shift"},
    "references": [],
}


@pytest.fixture
def kibana() -> KibanaDouble:
    """An empty Kibana without security."""
    return KibanaDouble()


@pytest.fixture
def url(kibana: KibanaDouble) -> Iterator[str]:
    """Where it listens."""
    with running(kibana) as url:
        yield url


def whats(answer: Any) -> dict[tuple[str, str], str]:
    """Type and id to what became of it."""
    return {(each["type"], each["id"]): each["what"] for each in json.loads(answer.stdout)["objects"]}


def test_all_objects_arrive_and_a_second_import_replaces_them(cli: Cli, kibana: KibanaDouble, url: str) -> None:
    """In an empty Kibana they are made; the same command again changes nothing but says so."""
    answer = cli("kibana", "import", "--url", url, "--json")
    assert answer.exit_code == ExitCode.DONE, answer.output
    assert whats(answer) == dict.fromkeys(KEYS, "made")
    assert list(kibana.objects) == KEYS
    again = cli("kibana", "import", "--url", url, "--json")
    assert whats(again) == dict.fromkeys(KEYS, "replaced")


def test_what_is_told_to_people(cli: Cli, url: str) -> None:
    """One line an object and a summary."""
    lines = cli("kibana", "import", "--url", url).stdout.splitlines()
    assert lines[0].split() == ["made", "tag", "correlator"]
    assert lines[-1] == f"{len(KEYS)} objects in {url}"


def test_links_lead_to_the_engine_that_was_named(cli: Cli, kibana: KibanaDouble, url: str) -> None:
    """--engine-url goes over listen.public_url, which goes over the API's own address."""
    cli("kibana", "import", "--url", url, "--engine-url", "https://correlator.example.com/")
    text = json.dumps(list(kibana.objects.values()))
    assert ENGINE_URL not in text
    assert "https://correlator.example.com/api/v1/traces/{{value}}/root-cause" in text
    cli("kibana", "import", "--url", url, CORRELATOR_LISTEN__PUBLIC_URL="https://engine.example.com")
    assert "https://engine.example.com/api/v1/incidents/{{value}}/root-cause" in json.dumps(
        list(kibana.objects.values())
    )


@pytest.mark.parametrize(
    ("api", "engine_url"),
    [
        ("127.0.0.1:7171", "http://127.0.0.1:7171"),
        ("127.0.0.1:0", ENGINE_URL),
        ("0.0.0.0:7172", "http://127.0.0.1:7172"),
    ],
)
def test_without_a_public_url_links_lead_to_the_apis_address(
    cli: Cli, kibana: KibanaDouble, url: str, api: str, engine_url: str
) -> None:
    """Every address of a machine is none to a browser, and port 0 is no port."""
    token = {"CORRELATOR_LISTEN__TOKEN": "t0ken"}
    answer = cli("kibana", "import", "--url", url, CORRELATOR_LISTEN__API=api, **token)
    assert answer.exit_code == ExitCode.DONE, answer.output
    assert f'"{engine_url}/api/v1/traces/' in json.dumps(list(kibana.objects.values())).replace("\\", "")


def test_the_constants_of_the_file_are_those_of_the_program_that_writes_it() -> None:
    """What an import replaces is what is there; no other place of the file names the engine."""
    assert (ENGINE_URL, INDEX_PREFIX) == (data_views.ENGINE_URL, data_views.INDEX_PREFIX)
    assert (TAG.type, TAG.id) == MARK
    assert shipped_file().name == "correlator.ndjson"
    moved = shipped_objects("https://elsewhere.example.com", "blue")
    assert ENGINE_URL not in json.dumps([dict(each.document) for each in moved])
    (conclusions,) = [each for each in moved if each.key == ("index-pattern", "correlator-conclusions")]
    assert conclusions.document["attributes"]["title"] == "blue-incidents*,blue-findings*"


def test_a_dry_run_changes_nothing(cli: Cli, kibana: KibanaDouble, url: str) -> None:
    """It asks what is there, and says what would come of it."""
    answer = cli("kibana", "import", "--url", url, "--dry-run", "--alerts")
    assert answer.exit_code == ExitCode.DONE
    assert answer.stdout.splitlines()[0].split() == ["would", "be", "made", "tag", "correlator"]
    assert answer.stdout.splitlines()[-1] == f"dry run: nothing was changed in {url}"
    assert not kibana.objects
    assert not kibana.alerts
    assert {request for request in kibana.requests if "_import" in request or "POST /api/alerting" in request} == set()


def test_what_is_not_ours_is_not_overwritten(cli: Cli, kibana: KibanaDouble, url: str) -> None:
    """An object at one of our ids without our tag stops the import before anything is written."""
    kibana.objects[DASHBOARD] = OTHERS
    answer = cli("kibana", "import", "--url", url)
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    told = " ".join(answer.stdout.split())
    assert "'Errors of the night shift' there, which does not carry our tag" in told
    assert "replace it with --replace-others" in told
    assert kibana.objects == {DASHBOARD: OTHERS}
    answer = cli("kibana", "import", "--url", url, "--replace-others", "--json")
    assert whats(answer)[DASHBOARD] == "replaced"
    assert kibana.objects[DASHBOARD] != OTHERS


def test_a_space_has_its_own_path_and_objects(cli: Cli, kibana: KibanaDouble, url: str) -> None:
    """/s/blue; a space that is not there is wrong use."""
    assert cli("kibana", "import", "--url", url, "--space", "blue").exit_code == ExitCode.DONE
    assert list(kibana.spaces["blue"]) == KEYS
    assert not kibana.objects
    assert set(kibana.requests) == {f"POST /s/blue/api/saved_objects/_{verb}" for verb in ("export", "import")}
    answer = cli("kibana", "import", "--url", url, "--space", "green")
    assert answer.exit_code == ExitCode.WRONG_USE
    assert "has no space 'green'" in answer.stderr


def test_an_id_that_another_space_has_is_told(cli: Cli, kibana: KibanaDouble, url: str) -> None:
    """Kibana makes the object under another id."""
    kibana.taken_elsewhere = frozenset({DASHBOARD})
    answer = cli("kibana", "import", "--url", url)
    assert answer.exit_code == ExitCode.DONE
    assert "another space has that id: it is 'correlator-errors-copy' here" in " ".join(answer.stdout.split())


def test_the_key_is_sent_and_never_shown(cli: Cli, kibana: KibanaDouble, url: str, tmp_path: Path) -> None:
    """From a file only; without it Kibana does not know who asks."""
    kibana.key = "c2VjcmV0OmtleQ=="
    (tmp_path / "key").write_text(f"{kibana.key}\n")
    answer = cli("kibana", "import", "--url", url)
    assert answer.exit_code == ExitCode.WRONG_USE
    assert "does not know who asks: set kibana.api_key_file" in answer.stderr
    answer = cli("kibana", "import", "--url", url, "--api-key-file", tmp_path / "key")
    assert answer.exit_code == ExitCode.DONE, answer.output
    assert kibana.key not in answer.output


def test_a_user_and_a_password_do_as_well(cli: Cli, kibana: KibanaDouble, url: str, tmp_path: Path) -> None:
    """By settings; the password from a file only, and never shown."""
    kibana.password = "s3cret-word"
    (tmp_path / "password").write_text(f"{kibana.password}\n")
    given = {"CORRELATOR_KIBANA__USER": "elastic", "CORRELATOR_KIBANA__PASSWORD_FILE": str(tmp_path / "password")}
    answer = cli("kibana", "import", CORRELATOR_KIBANA__URL=url, **given)
    assert answer.exit_code == ExitCode.DONE, answer.output
    assert kibana.password not in answer.output


def test_missing_privileges_are_named(cli: Cli, kibana: KibanaDouble, url: str) -> None:
    """403: what the key needs."""
    kibana.is_forbidding = True
    answer = cli("kibana", "import", "--url", url)
    assert answer.exit_code == ExitCode.WRONG_USE
    assert "needs All on Saved Objects Management, and on Stack Rules for --alerts" in answer.stderr


def test_objects_that_kibana_does_not_know_are_told_and_the_others_arrive(
    cli: Cli, kibana: KibanaDouble, url: str
) -> None:
    """unsupported_type is no error that people resolve: the rest is made."""
    kibana.unknown_types = frozenset({"tag"})
    answer = cli("kibana", "import", "--url", url, "--json")
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    document = json.loads(answer.stdout)
    assert document["ok"] is False
    (failed,) = [each for each in document["objects"] if each["what"] == "failed"]
    assert (failed["type"], failed["reason"]) == ("tag", "this Kibana knows no such objects")
    assert failed["remedy"]
    assert len(kibana.objects) == len(KEYS) - 1


def test_nobody_listens(cli: Cli, nobody_url: str) -> None:
    """Exit 3, and what to do."""
    answer = cli("kibana", "import", "--url", nobody_url)
    assert answer.exit_code == ExitCode.CANNOT_REACH
    assert f"no Kibana at {nobody_url}" in answer.stderr
    assert "--url URL" in answer.stderr


def test_a_server_that_is_no_kibana_is_told(cli: Cli, api_url: str) -> None:
    """The engine's own API, say."""
    answer = cli("kibana", "import", "--url", api_url)
    assert answer.exit_code != ExitCode.DONE
    assert "is --url Kibana's own" in answer.stderr


def test_an_elasticsearch_in_kibanas_place_is_told(cli: Cli) -> None:
    """It answers 400 to paths that it does not know."""
    with answering(lambda request: (400, {"error": f"no handler found for uri [{request.path}]"})) as elasticsearch:
        answer = cli("kibana", "import", "--url", elasticsearch.url)
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    assert "no handler found" in answer.stderr
    assert "is --url Kibana's own" in answer.stderr


def test_alerts_are_made_once_and_then_left_alone(cli: Cli, kibana: KibanaDouble, url: str) -> None:
    """An update would take away the connectors that somebody added."""
    answer = cli("kibana", "import", "--url", url, "--alerts", "--json")
    assert answer.exit_code == ExitCode.DONE, answer.output
    made = [key for key, what in whats(answer).items() if key[0] == "alert" and what == "made"]
    assert sorted(made) == sorted(("alert", name) for name in kibana.alerts)
    assert len(made) == 6
    again = whats(cli("kibana", "import", "--url", url, "--alerts", "--json"))
    assert {again[key] for key in made} == {"kept"}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "kbn-xsrf"),
        ({"headers": {"kbn-xsrf": "true"}}, "Unsupported Media Type"),
        ({"headers": {"kbn-xsrf": "true"}, "files": {"other": ("a.ndjson", b"{}")}}, "[request body.file]"),
        ({"headers": {"kbn-xsrf": "true"}, "files": {"file": ("a.json", b"{}")}}, "Invalid file extension .json"),
    ],
)
def test_the_stand_in_refuses_what_kibana_refuses(url: str, given: dict[str, Any], wrong: str) -> None:
    """So that passing it means something."""
    answer = httpx.post(f"{url}/api/saved_objects/_import", **given)
    assert wrong in answer.json()["message"]


def test_the_stand_in_makes_nothing_where_an_error_can_be_resolved(kibana: KibanaDouble, url: str) -> None:
    """As Kibana: one conflict or lost reference, and nothing is written, though others are listed as successes."""
    lines = [json.dumps(dict(each.document)) for each in SHIPPED if each.key[0] != "index-pattern"]
    files = {"file": ("some.ndjson", "\n".join(lines).encode())}
    answer = httpx.post(f"{url}/api/saved_objects/_import", headers={"kbn-xsrf": "true"}, files=files).json()
    assert {error["error"]["type"] for error in answer["errors"]} == {"missing_references"}
    assert answer["successResults"]
    assert not kibana.objects
