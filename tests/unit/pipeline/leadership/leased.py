"""A lease that several ask for, as a store on a server keeps it, with a clock that the test sets."""

import threading
from collections.abc import Callable

from correlator.errors import Unavailable
from correlator.pipeline.leadership.held_lease import HeldLease
from correlator.pipeline.leadership.leadership import Leadership
from correlator.pipeline.leadership.term import Jobs, Work
from correlator.telemetry.leadership_metrics import LeadershipMetrics
from correlator.telemetry.metrics import EngineMetrics


class SharedLease:
    """In memory: who asks first has it, until it is given back or has expired. `is_reachable` is a switch."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.is_reachable = True
        self._holder, self._until_s = "", 0.0

    def lease(self, holder: str, ttl_s: float) -> bool:
        self._answer()
        if self._holder not in ("", holder) and self.now_s < self._until_s:
            return False
        self._holder, self._until_s = holder, self.now_s + ttl_s
        return True

    def release_lease(self, holder: str) -> None:
        self._answer()
        if self._holder == holder:
            self._holder = ""

    def clock(self) -> float:
        return self.now_s

    def _answer(self) -> None:
        if not self.is_reachable:
            raise Unavailable("the store does not answer")


class Replica:
    """A process that would lead. `jobs` are those of each term; `terms` counts how many began, `taken_back` how many ended."""

    def __init__(self, shared: SharedLease, name: str, jobs: Callable[[], Jobs] | None = None) -> None:
        self.metrics = EngineMetrics()
        self.terms = self.taken_back = 0
        self._jobs = jobs or (lambda: {"watch": wait_for_the_end})
        lease = HeldLease(shared, name, 10.0, shared.clock)
        self.leadership = Leadership(
            lease, self._work, LeadershipMetrics(self.metrics), rest_s=20.0, clock=shared.clock
        )

    def turn(self) -> str:
        """One turn; the role after it."""
        self.leadership.turn()
        return self.leadership.role

    def stop(self) -> None:
        stopped = threading.Event()
        stopped.set()
        self.leadership.run(stopped)

    def metric(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"correlator_{name}", labels)

    def _work(self) -> Work:
        self.terms += 1
        return Work(self._jobs(), self._take_back)

    def _take_back(self) -> None:
        self.taken_back += 1


def wait_for_the_end(stop: threading.Event) -> None:
    """A job that does nothing else."""
    stop.wait()
