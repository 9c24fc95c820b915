"""What doctor says of Kibana."""

from pathlib import Path
from typing import Any

import pytest

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.kibana import check_kibana
from correlator.settings.kibana import KibanaSettings
from tests.unit.cli.answering import Answer, answering

KEY = "c2VjcmV0OmtleQ=="
SPACE = "/api/spaces/space/default"


def status(level: str = "available", version: str | None = "9.4.3") -> Answer:
    """As Kibana answers; it hides its version from those who may not see it, and says 503 where it is not well."""
    body: dict[str, Any] = {"status": {"overall": {"level": level}}}
    if version is not None:
        body["version"] = {"number": version}
    return (503 if level in ("unavailable", "critical") else 200), body


def checked(answers: dict[str, Answer], folder: Path, **given: Any) -> list[Check]:
    """With a key in a file."""
    file = folder / "key"
    file.write_text(KEY)
    with answering(lambda request: answers[request.path]) as kibana:
        checks = list(check_kibana(KibanaSettings(url=kibana.url, api_key_file=file, **given)))
    assert {(each.method, each.authorization) for each in kibana.requests} == {("GET", f"ApiKey {KEY}")}
    assert KEY not in f"{checks}"
    return checks


def test_no_kibana_no_check() -> None:
    """Its URL has a default, for the import."""
    assert list(check_kibana(KibanaSettings())) == []


def test_a_kibana_that_lets_us_in_is_fine(tmp_path: Path) -> None:
    """With its version; where that is not shown, too."""
    shown, access = checked({"/api/status": status(), SPACE: (200, {"id": "default"})}, tmp_path)
    assert (shown.verdict, access.verdict) == (Verdict.OK, Verdict.OK)
    assert shown.seen.endswith("is available, version 9.4.3")
    hidden, _ = checked({"/api/status": status(version=None), SPACE: (200, {})}, tmp_path)
    assert (hidden.verdict, "its version is not shown" in hidden.seen) == (Verdict.OK, True)


@pytest.mark.parametrize(
    ("answer", "verdict", "named"),
    [
        (status(version="8.18.9"), Verdict.FAIL, "Kibana 8.19 or newer"),
        (status("degraded"), Verdict.WARN, "/status"),
        (status("unavailable"), Verdict.FAIL, "/status"),
        ((200, {"status": "ok"}), Verdict.FAIL, "server.basePath"),
        ((404, ["not", "Kibana"]), Verdict.FAIL, "server.basePath"),
    ],
    ids=["old", "degraded", "unavailable", "another-server", "no-object"],
)
def test_a_kibana_that_is_not_well_is_told(tmp_path: Path, answer: Answer, verdict: Verdict, named: str) -> None:
    """Each with what to do."""
    check, *_ = checked({"/api/status": answer, SPACE: (200, {})}, tmp_path)
    assert (check.verdict, named in check.remedy) == (verdict, True)


@pytest.mark.parametrize(
    ("code", "named"),
    [(401, "/key'"), (302, "/key'"), (403, "Saved Objects Management"), (404, "kibana.space"), (500, "kibana.url")],
)
def test_a_refusal_says_what_to_do(tmp_path: Path, code: int, named: str) -> None:
    """401 names the file of the key."""
    _, access = checked({"/api/status": status(), SPACE: (code, {})}, tmp_path)
    assert (access.verdict, named in access.remedy) == (Verdict.FAIL, True)


def test_without_a_key_it_says_which_settings_take_one() -> None:
    """Of a Kibana that asks who is there."""
    answers = {"/api/status": status(version=None), SPACE: (401, {})}
    with answering(lambda request: answers[request.path]) as kibana:
        _, access = check_kibana(KibanaSettings(url=kibana.url))
    assert "kibana.api_key_file" in access.remedy


def test_nobody_there_and_files_that_cannot_be_read_are_told(nobody_url: str, tmp_path: Path) -> None:
    """Each by the setting to correct."""
    (gone,) = check_kibana(KibanaSettings(url=nobody_url))
    assert (gone.verdict, "ConnectError" in gone.seen) == (Verdict.FAIL, True)
    (no_key,) = check_kibana(KibanaSettings(url=nobody_url, api_key_file=tmp_path / "none"))
    assert "kibana.api_key_file" in no_key.seen
    (no_ca,) = check_kibana(KibanaSettings(url=nobody_url, ca_file=tmp_path / "none"))
    assert "kibana.ca_file" in no_ca.seen
