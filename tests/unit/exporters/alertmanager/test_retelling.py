"""What an Alertmanager is due to be told."""

from dataclasses import replace

from exporters.alertmanager.alert import Alert
from exporters.alertmanager.retelling import Retelling

S = 1_000_000_000
OPEN = Alert((("incident", "a"),), (("cause", "x"),), "http://e", 0)
OVER = replace(OPEN, ends_at_unix_nano=50 * S)


def told(retelling: Retelling, now_s: int, *alerts: Alert) -> list[Alert]:
    """What is due, and heard."""
    due = retelling.due(alerts, now_s * S)
    retelling.heard(due, now_s * S)
    retelling.forget(alerts)
    return due


def test_what_is_on_is_told_at_once_and_each_interval() -> None:
    """Not in between."""
    retelling = Retelling(60)
    assert [bool(told(retelling, now, OPEN)) for now in (0, 1, 59, 60, 61, 120)] == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_a_change_is_told_at_once() -> None:
    """A cause that became known."""
    retelling = Retelling(60)
    told(retelling, 0, OPEN)
    better = replace(OPEN, annotations=(("cause", "y"),))
    assert told(retelling, 1, better) == [better]


def test_what_is_over_is_told_until_it_was_heard() -> None:
    """And not again."""
    retelling = Retelling(60)
    told(retelling, 0, OPEN)
    assert retelling.due((OVER,), 55 * S) == retelling.due((OVER,), 56 * S) == [OVER]
    assert told(retelling, 57, OVER) == [OVER]
    assert told(retelling, 999, OVER) == []


def test_what_is_gone_has_ended() -> None:
    """A call whose incident is covered by an objective now; also where its end was not heard at first."""
    retelling = Retelling(60)
    told(retelling, 0, OPEN)
    ended = replace(OPEN, ends_at_unix_nano=10 * S)
    assert retelling.due((), 10 * S) == [ended]
    assert told(retelling, 12, *()) == [replace(OPEN, ends_at_unix_nano=12 * S)]
    assert told(retelling, 13) == []


def test_after_a_restart_all_is_told_again() -> None:
    """What is over, too: nobody knows who has heard of it."""
    assert told(Retelling(60), 99, OVER) == [OVER]
