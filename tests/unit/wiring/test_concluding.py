"""What concludes is made anew for each term, and its health shows."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from correlator.settings import load_settings
from correlator.wiring import Engine, build
from correlator.wiring.health import make_health

CONCLUDES = {"watch", "slo", "slo-reports", "propagation", "silence", "causes"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = build(load_settings(None, {"data_dir": tmp_path / "data", "record": {"decode_processes": 0}}))
    yield engine
    engine.close()


def running() -> threading.Thread:
    """The thread that leads, alive."""
    return threading.current_thread()


def test_what_concludes_turns_in_a_term_and_all_else_always(engine: Engine) -> None:
    """So a follower has none of it, and both take in and answer."""
    assert engine.concluding.work().jobs.keys() == CONCLUDES
    assert not CONCLUDES & engine.jobs.keys()


def test_no_term_has_the_memory_of_another(engine: Engine) -> None:
    """Watch and ledger are new ones."""
    first, second = engine.concluding.work().jobs, engine.concluding.work().jobs
    for name in ("watch", "slo"):
        assert first[name].func.__self__ is not second[name].func.__self__  # type: ignore[attr-defined]


def test_the_role_shows(engine: Engine) -> None:
    """An engine on a store of its own leads from its first turn on."""
    health = make_health(engine.parts, engine.leadership, running(), engine.concluding)
    assert (health.states()["role"].ok, health.states()["role"].detail) == (True, "follower")
    engine.leadership.turn()
    assert (health.states()["role"].detail, health.states()["watch"].detail) == ("leader", "turning")
    engine.leadership._end("stopped")
    assert health.states()["watch"].detail == "the leader's"


def test_an_engine_whose_leading_thread_is_dead_is_not_ready(engine: Engine) -> None:
    """It would take telemetry in for ever, and conclude nothing."""
    dead = threading.Thread(target=lambda: None)
    dead.start()
    dead.join()
    states = make_health(engine.parts, engine.leadership, dead, engine.concluding).states()
    assert (states["role"].ok, states["watch"].ok) == (False, False)
    assert "restart" in states["role"].detail


def test_a_broken_job_makes_the_engine_unready_and_is_named(engine: Engine) -> None:
    """Until a new term has begun."""
    engine.leadership.turn()
    term = engine.leadership._term
    assert term is not None
    term._run("slo", lambda stop: 1 / 0)  # type: ignore[arg-type, return-value]
    engine.leadership.turn()
    state = make_health(engine.parts, engine.leadership, running(), engine.concluding).states()["role"]
    assert (state.ok, state.detail) == (False, "its job slo ended with ZeroDivisionError")
