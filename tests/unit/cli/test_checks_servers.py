"""How doctor asks servers: side by side, in time."""

import threading
import time
from collections.abc import Iterator

import pytest

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.servers import check_servers


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


def test_a_fault_of_our_own_is_not_hidden() -> None:
    """It is raised where the checks are heard."""

    def breaks() -> Iterator[Check]:
        yield from well("a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(check_servers({"a": breaks}))
