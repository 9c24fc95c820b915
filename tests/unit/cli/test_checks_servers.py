"""How doctor asks servers: side by side, in time."""

import threading
import time
from collections.abc import Iterator

import pytest

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.servers import check_servers
from correlator.errors import SettingsError


def well(name: str) -> Iterator[Check]:
    yield Check(name, Verdict.OK, "answers")


def test_who_hangs_fails_after_the_limit_with_what_it_told_until_then() -> None:
    """The others are heard all the same, in their order."""
    released = threading.Event()

    def hangs() -> Iterator[Check]:
        yield Check("slow", Verdict.OK, "answers")
        released.wait()

    started = time.monotonic()
    checks = list(check_servers({"slow": hangs, "quick": lambda: well("quick")}, limit_s=0.2))
    took_s = time.monotonic() - started
    released.set()
    assert [(check.name, check.verdict) for check in checks] == [
        ("slow", Verdict.OK),
        ("slow", Verdict.FAIL),
        ("quick", Verdict.OK),
    ]
    assert "not done after 0.2 s" in checks[1].seen
    assert took_s < 10  # of a hang without end


def test_all_are_asked_at_the_same_time() -> None:
    """Each waits until the other is asked too."""
    both = threading.Barrier(2, timeout=10)

    def meets(name: str) -> Iterator[Check]:
        both.wait()
        yield from well(name)

    checks = check_servers({"a": lambda: meets("a"), "b": lambda: meets("b")})
    assert [check.name for check in checks] == ["a", "b"]


def test_an_answer_that_nobody_foresaw_fails_its_subject_alone() -> None:
    """What the others told is worth more than a traceback."""

    def breaks() -> Iterator[Check]:
        yield from well("a")
        raise KeyError("number")

    checks = list(check_servers({"a": breaks, "b": lambda: well("b")}))
    assert [(check.name, check.verdict) for check in checks] == [
        ("a", Verdict.OK),
        ("a", Verdict.FAIL),
        ("b", Verdict.OK),
    ]
    assert "KeyError" in checks[1].seen


def test_a_setting_that_does_not_fit_ends_the_checks() -> None:
    """It is wrong use, with an exit code of its own."""

    def refuses() -> Iterator[Check]:
        yield from well("a")
        raise SettingsError("mend it")

    with pytest.raises(SettingsError):
        list(check_servers({"a": refuses}))
