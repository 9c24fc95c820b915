"""Costly requests are answered a few at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from correlator.errors import Overloaded, Unavailable
from correlator.model.objective import Objective
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.status import StatusReader
from correlator.serve.at_once import AtOnce
from correlator.serve.routes.slo_reports import OVERVIEWS_AT_ONCE
from correlator.serve.routes.slos import LISTS_AT_ONCE
from correlator.slo.minute_series import MinuteSeries
from correlator.store.memory import MemoryStore
from tests.unit.pipeline.slo.counted import ELSEWHERE
from tests.unit.serve.api import make_api


class Slow:
    """A Prometheus that answers nobody until it may."""

    def __init__(self) -> None:
        self.waiting = threading.Semaphore(0)
        self.may_answer = threading.Event()

    def series(self, objective: Objective, first_minute: int, end_minute: int) -> MinuteSeries:
        self.waiting.release()
        self.may_answer.wait(30)
        raise Unavailable("too late")


@pytest.mark.parametrize(
    ("path", "limit"), [("/api/v1/slos", LISTS_AT_ONCE), ("/api/v1/slos/report", OVERVIEWS_AT_ONCE)]
)
def test_what_is_asked_over_all_objectives_leaves_threads_for_others(path: str, limit: int) -> None:
    """One more than the limit is told to wait, others are answered; afterwards all is as before."""
    store, slow = MemoryStore(), Slow()
    api = make_api(slos=StatusReader(Objectives((ELSEWHERE,), store, slow), store))
    with ThreadPoolExecutor(limit) as pool:
        asked = [pool.submit(api.get, path) for _ in range(limit)]
        assert all(slow.waiting.acquire(timeout=20) for _ in range(limit))
        refused = api.get(path)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        assert api.get("/metrics").status_code == 200
        slow.may_answer.set()
        assert {each.result().status_code for each in asked} == {200}
    assert api.get(path).status_code == 200


def test_who_fails_leaves_too() -> None:
    """An error frees its place."""
    at_once = AtOnce(1)
    for _ in range(2):
        with pytest.raises(KeyError), at_once:
            raise KeyError
    with at_once, pytest.raises(Overloaded), at_once:
        pass
