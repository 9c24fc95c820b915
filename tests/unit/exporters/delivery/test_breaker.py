"""When a target is left alone, and for how long."""

from random import Random

import pytest

from exporters.delivery import Breaker


class Clock:
    seconds = 100.0


def test_it_opens_for_longer_each_time_and_closes_at_once() -> None:
    """A second, doubled up to thirty, a quarter more or less; half open in between."""
    clock = Clock()
    breaker = Breaker(Random(7), lambda: clock.seconds)
    assert (breaker.state, breaker.wait_s()) == ("closed", 0)
    for pause_s in (1, 2, 4, 8, 16, 30, 30):
        breaker.failed(None)
        assert breaker.state == "open"
        assert 0.75 * pause_s <= breaker.wait_s() <= 1.25 * pause_s
        clock.seconds += breaker.wait_s() + 1e-6
        assert (breaker.state, breaker.wait_s()) == ("half_open", 0)
    breaker.succeeded()
    assert (breaker.state, breaker.wait_s()) == ("closed", 0)


@pytest.mark.parametrize(("asked_s", "waits_s"), [(90.0, 90.0), (1e9, 3_600.0)])
def test_a_target_is_given_the_time_it_asks_for(asked_s: float, waits_s: float) -> None:
    """An hour at most."""
    breaker = Breaker(Random(1), lambda: 0.0)
    breaker.failed(asked_s)
    assert breaker.wait_s() == waits_s


def test_targets_that_fail_together_do_not_come_back_together() -> None:
    """By chance."""
    pauses = set()
    for seed in range(10):
        breaker = Breaker(Random(seed), lambda: 0.0)
        breaker.failed(None)
        pauses.add(breaker.wait_s())
    assert len(pauses) == 10
