"""Who leads, since when, and until when."""

import threading
import time
from collections.abc import Callable

import pytest

from correlator.errors import SettingsError, Superseded, Unavailable
from correlator.pipeline.leadership import term
from tests.unit.pipeline.leadership.leased import Replica, SharedLease, wait_for_the_end


def test_the_first_to_ask_leads_and_others_follow() -> None:
    """Its jobs turn; those of a follower were never made."""
    shared = SharedLease()
    first, second = Replica(shared, "a"), Replica(shared, "b")
    assert (first.turn(), second.turn()) == ("leader", "follower")
    assert (first.terms, second.terms) == (1, 0)
    assert (first.metric("leader"), second.metric("leader")) == (1.0, 0.0)
    first.stop()


def test_a_leader_that_is_gone_is_followed_by_another() -> None:
    """Once its lease has expired, and not before."""
    shared = SharedLease()
    first, second = Replica(shared, "a"), Replica(shared, "b")
    first.turn()
    shared.now_s = 9.9
    assert second.turn() == "follower"
    shared.now_s = 10.0
    assert second.turn() == "leader"
    first.stop(), second.stop()


def test_a_leader_that_was_stopped_for_too_long_knows_before_it_asks() -> None:
    """Its role is over by its own clock; its term ends with the next turn, and what it showed is taken back."""
    shared = SharedLease()
    first, second = Replica(shared, "a"), Replica(shared, "b")
    first.turn()
    shared.now_s = 20.0
    assert first.leadership.role == "follower"
    assert second.turn() == "leader"
    assert first.turn() == "follower"
    assert (first.taken_back, first.metric("terms_ended_total", reason="lost")) == (1, 1.0)
    second.stop()


def test_a_term_is_made_anew_each_time() -> None:
    """Nothing is remembered of the one before."""
    shared = SharedLease()
    first, second = Replica(shared, "a"), Replica(shared, "b")
    first.turn()
    shared.now_s = 20.0
    second.turn()
    first.turn()
    second.stop()
    assert first.turn() == "leader"
    assert first.terms == 2
    first.stop()


def test_while_the_store_does_not_answer_a_leader_leads_until_its_lease_expires() -> None:
    """A short outage costs no term; readiness tells of it."""
    shared = SharedLease()
    replica = Replica(shared, "a")
    replica.turn()
    shared.is_reachable, shared.now_s = False, 9.0
    assert replica.turn() == "leader"
    assert replica.leadership.trouble == "the store does not answer"
    shared.now_s = 10.0
    assert replica.turn() == "follower"
    shared.is_reachable = True
    assert (replica.turn(), replica.leadership.trouble, replica.terms) == ("leader", "", 2)
    replica.stop()


def broken_by(error: Exception, broke: threading.Event) -> Callable[[threading.Event], None]:
    def job(stop: threading.Event) -> None:
        broke.set()
        raise error

    return job


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_who_was_superseded_begins_a_new_term_at_once_where_it_still_may() -> None:
    """Its memory was stale, its lease was not; it is no fault."""
    shared, broke = SharedLease(), threading.Event()
    jobs = iter([{"watch": broken_by(Superseded("another has committed"), broke)}, {"watch": wait_for_the_end}])
    replica = Replica(shared, "a", lambda: next(jobs))
    replica.turn()
    wait_until(lambda: replica.leadership._term is not None and replica.leadership._term.broken is not None)
    assert (replica.turn(), replica.terms, replica.leadership.trouble) == ("leader", 2, "")
    assert replica.metric("terms_ended_total", reason="superseded") == 1.0
    replica.stop()


def test_a_job_that_breaks_ends_the_term_and_lets_another_lead() -> None:
    """It shows: in `trouble`, which makes the engine unready, and in the counter. After a rest it stands again."""
    shared, broke = SharedLease(), threading.Event()
    jobs = iter([{"watch": broken_by(ZeroDivisionError(), broke)}, {"watch": wait_for_the_end}])
    replica, other = Replica(shared, "a", lambda: next(jobs)), Replica(shared, "b")
    replica.turn()
    wait_until(lambda: replica.leadership._term is not None and replica.leadership._term.broken is not None)
    assert replica.turn() == "follower"
    assert replica.leadership.trouble == "its job watch ended with ZeroDivisionError"
    assert other.turn() == "leader"
    other.stop()
    shared.now_s = 19.0
    assert replica.turn() == "follower"
    shared.now_s = 20.0
    assert (replica.turn(), replica.leadership.trouble) == ("leader", "")
    replica.stop()


def test_a_job_that_does_not_end_is_told_of_and_keeps_nobody_from_leading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its replica begins no term beside it, and is unready; the lease expires, as nobody renews it."""
    monkeypatch.setattr(term, "LATE_S", 0.01)
    goes_on, shared = threading.Event(), SharedLease()

    def waits(stop: threading.Event) -> None:
        goes_on.wait(60)

    hanging, other = Replica(shared, "a", lambda: {"watch": waits}), Replica(shared, "b")
    hanging.turn()
    shared.now_s = 10.0
    assert other.turn() == "leader"
    ending = threading.Thread(target=hanging.turn)
    ending.start()
    wait_until(lambda: hanging.leadership.trouble == "its job watch does not end; if that lasts, restart the engine")
    assert (hanging.leadership.role, hanging.taken_back) == ("follower", 0)
    goes_on.set()
    ending.join()
    assert (hanging.turn(), hanging.taken_back, hanging.leadership.trouble) == ("follower", 1, "")
    other.stop()


def test_an_engine_that_ends_lets_another_lead_at_once() -> None:
    """Its jobs have ended by then."""
    shared = SharedLease()
    first, second = Replica(shared, "a"), Replica(shared, "b")
    first.turn()
    first.stop()
    assert (first.taken_back, second.turn()) == (1, "leader")
    second.stop()


def test_who_finds_the_lease_free_after_a_pause_begins_anew() -> None:
    """Another led meanwhile and gave it back: what is remembered of the term before is not all that was counted."""
    shared = SharedLease()
    first, second = Replica(shared, "a"), Replica(shared, "b")
    first.turn()
    shared.now_s = 20.0
    second.turn()
    second.stop()
    assert (first.turn(), first.terms, first.taken_back) == ("leader", 2, 1)
    first.stop()


def test_who_cannot_begin_a_term_lets_another_lead() -> None:
    """As where a file that an exporter needs is gone on this machine: to hold the lease would keep all from concluding."""

    def jobs() -> dict[str, Callable[[threading.Event], None]]:
        raise SettingsError("the file is gone")

    shared = SharedLease()
    broken, other = Replica(shared, "a", jobs), Replica(shared, "b")
    assert broken.turn() == "follower"
    assert broken.leadership.trouble == "a term could not begin: the file is gone"
    assert other.turn() == "leader"
    assert broken.turn() == "follower"
    other.stop()


def test_a_term_that_cannot_be_made_is_tried_again() -> None:
    """As where the store answers the lease, and nothing else."""
    shared, stop = SharedLease(), threading.Event()
    attempts: list[int] = []

    def jobs() -> dict[str, Callable[[threading.Event], None]]:
        attempts.append(1)
        if len(attempts) == 1:
            raise Unavailable("not yet")
        return {"watch": wait_for_the_end}

    replica = Replica(shared, "a", jobs)
    with pytest.raises(Unavailable):
        replica.turn()
    assert replica.turn() == "leader"
    stop.set()
    replica.stop()


def test_only_the_leader_shows_conclusions() -> None:
    """A follower that led shows none of what it knew: sums over replicas stay right."""
    shared = SharedLease()
    replica = Replica(shared, "a")
    replica.turn()
    replica.metrics.incidents.labels("error", "exception").set(3)
    replica.metrics.stage_lag.labels("watch").set(7)
    replica.stop()
    assert replica.metric("incidents", severity="error", cause_kind="exception") is None
    assert replica.metric("stage_lag_seconds", stage="watch") is None
    assert replica.metric("terms_ended_total", reason="stopped") == 1.0
