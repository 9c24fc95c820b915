"""The thread that takes the lease, begins terms and ends them."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final, Literal

import structlog

from correlator.errors import CorrelatorError, Unavailable
from correlator.pipeline.leadership.held_lease import RENEW_S, TTL_S, HeldLease
from correlator.pipeline.leadership.term import EndedBy, Term, Work
from correlator.telemetry.leadership_metrics import LeadershipMetrics

log = structlog.get_logger()

REST_S: Final = 2 * TTL_S
"""After a job of ours broke, or no term could begin, another replica is to lead: it looks for the lease every RENEW_S."""

Role = Literal["leader", "follower"]


class Leadership:
    """Leads whenever it may. `run` is for one thread; `role` and `trouble` are safe from any.

    `make_work` is called at the begin of each term, so that nothing is remembered from one to the next.
    """

    def __init__(
        self,
        lease: HeldLease,
        make_work: Callable[[], Work],
        metrics: LeadershipMetrics,
        *,
        renew_s: float = RENEW_S,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.trouble = ""
        """Why this process does not conclude though it may lead; empty while all is well."""
        self._lease = lease
        self._make_work = make_work
        self._metrics = metrics
        self._renew_s = renew_s
        self._rest_s = rest_s
        self._clock = clock
        self._rests_until_s = 0.0
        self._term: Term | None = None

    @property
    def role(self) -> Role:
        return "leader" if self._term is not None and self._lease.is_held else "follower"

    def run(self, stop: Event) -> None:
        """Turn until `stop` is set; then the term ends, and another may lead at once. An error ends its turn, never the loop."""
        while not stop.is_set():
            try:
                self.turn()
            except CorrelatorError as error:
                self._note("leadership_turn_failed", str(error))
            except Exception as error:
                log.exception("leadership_turn_failed")
                self.trouble = f"a turn ended with {type(error).__name__}"
            stop.wait(self._renew_s)
        self._step_down("stopped")

    def turn(self) -> None:
        """Renew the lease; begin or end a term as that asks for. Raises what the store raises."""
        broken = self._term.broken if self._term is not None else None
        if broken is not None:
            self._end(broken.ended_by)
            if broken.ended_by == "failed":
                self._rest(f"its job {broken.job} ended with {type(broken.error).__name__}")
        if self._clock() < self._rests_until_s:
            return
        was_held, may_lead = self._lease.is_held, self._may_lead()
        if not (was_held and may_lead):
            self._end("lost")  # also where it was taken anew: another may have led, and gone, meanwhile
        if may_lead and self._term is None:
            self._begin()

    def _may_lead(self) -> bool:
        """Where the store cannot be asked, as long as the lease lasts."""
        try:
            is_granted = self._lease.renew()
        except CorrelatorError as error:
            self._note("lease_not_renewed", str(error))
            return self._lease.is_held
        self.trouble = ""
        return is_granted

    def _begin(self) -> None:
        try:
            work = self._make_work()
        except Unavailable:  # no other would be better off
            raise
        except Exception as error:
            log.exception("term_not_begun")
            self._rest(
                f"a term could not begin: {error if isinstance(error, CorrelatorError) else type(error).__name__}"
            )
            return
        self._term = Term(work)
        self._term.begin()
        self._metrics.begins()
        log.info("term_begins", holder=self._lease.holder)

    def _end(self, ended_by: EndedBy) -> None:
        if self._term is None:
            return
        term, self._term = self._term, None
        self._metrics.ends(ended_by)
        term.end(self._late)
        self._metrics.take_back()
        log.info("term_ends", holder=self._lease.holder, reason=ended_by)

    def _rest(self, trouble: str) -> None:
        self._note("term_failed", trouble)
        self._rests_until_s = self._clock() + self._rest_s
        self._release()

    def _step_down(self, ended_by: EndedBy) -> None:
        self._end(ended_by)
        self._release()

    def _release(self) -> None:
        try:
            self._lease.release()
        except CorrelatorError as error:  # it expires by itself
            log.warning("lease_not_released", reason=str(error))

    def _late(self, job: str) -> None:
        self._note("term_ends_late", f"its job {job} does not end; if that lasts, restart the engine")

    def _note(self, event: str, trouble: str) -> None:
        if trouble != self.trouble:
            log.warning(event, reason=trouble)
        self.trouble = trouble
