"""What doctor says of n8n."""

from pathlib import Path

import pytest

from correlator.cli.checks.check import Verdict
from correlator.cli.checks.n8n import check_n8n
from correlator.settings.n8n import N8nSettings
from tests.unit.doors.n8n_rest.fake_n8n import KEY, Misbehaviour, fake_n8n


def test_no_n8n_no_check() -> None:
    """It is off by default."""
    assert list(check_n8n(N8nSettings())) == []


def test_an_n8n_that_answers_is_fine() -> None:
    """With the newest execution, so that one sees that it is the right n8n."""
    with fake_n8n() as n8n:
        n8n.add(12, at_s=1_795_234_000.0)
        (check,) = check_n8n(N8nSettings(base_url=n8n.url, api_key=KEY))
    assert (check.verdict, check.seen) == (Verdict.OK, f"{n8n.url} answers, newest execution 12")


def test_an_n8n_without_executions_is_fine() -> None:
    """A new one."""
    with fake_n8n() as n8n:
        (check,) = check_n8n(N8nSettings(base_url=n8n.url, api_key=KEY))
    assert (check.verdict, check.seen) == (Verdict.OK, f"{n8n.url} answers, no executions yet")


@pytest.mark.parametrize(
    ("status", "named"),
    [(401, "api_key_file"), (403, "execution:list and execution:read"), (404, "N8N_PUBLIC_API_DISABLED")],
)
def test_a_refusal_says_what_to_do(status: int, named: str) -> None:
    """Each with its own remedy, and without the key."""
    with fake_n8n() as n8n:
        n8n.always = Misbehaviour(status)
        (check,) = check_n8n(N8nSettings(base_url=n8n.url, api_key=KEY))
    assert check.verdict is Verdict.FAIL and named in check.remedy
    assert KEY not in f"{check}"


def test_a_key_that_may_list_but_not_read_is_told() -> None:
    """Two scopes are needed."""
    with fake_n8n() as n8n:
        n8n.add(1, at_s=1_795_234_000.0)
        n8n.misbehave = []
        answered = n8n.answer

        def answer(path: str, key: str | None) -> tuple[int, object]:
            return (403, {}) if "/executions/" in path else answered(path, key)

        n8n.answer = answer  # type: ignore[method-assign]
        (check,) = check_n8n(N8nSettings(base_url=n8n.url, api_key=KEY))
    assert check.verdict is Verdict.FAIL and "execution:read" in check.remedy


def test_a_key_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Before n8n is asked."""
    (check,) = check_n8n(N8nSettings(base_url="http://127.0.0.1:1", api_key_file=tmp_path / "gone"))
    assert check.verdict is Verdict.FAIL and "No such file" in check.seen
