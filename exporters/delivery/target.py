"""One target: what it has not got, delivered in a thread of its own until it has."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Final

import structlog

from correlator.errors import CorrelatorError
from correlator.telemetry.metrics import EngineMetrics
from exporters.delivery.attempts import ATTEMPTS, deliver
from exporters.delivery.bounds import Bounds
from exporters.delivery.breaker import Breaker
from exporters.delivery.counts import Counts
from exporters.delivery.dead_letters import DeadLetters
from exporters.delivery.parcel import Parcel, Source
from exporters.delivery.sender import Delivered, Refused, RefusedPart, Sender, TryAgain
from exporters.delivery.waiting import Waiting

log = structlog.get_logger()

IDLE_S: Final = 0.2  # between two looks whether there is something new
LOOK_S: Final = 1.0  # between two looks at the bounds while the breaker is open, and at letters to send again
LETTER_PAUSE_S: Final = 30.0
"""A letter that cannot be taken now, and may never be, lets what waits go first for so long."""
HOLD_S: Final = 1.0
"""A position is kept so often: after a crash what was delivered since is delivered again."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a target may cost: what waits for it, one call, and its dead letters. What fills no call goes after `batch_age_s`."""

    waiting: Bounds
    batch_bytes: int
    letters: Bounds
    batch_age_s: float = 0.0


class Target:
    """Delivers what `source` has to `sender`: each parcel at least once, those of one kind in order.

    A batch that is refused for good is halved until the parcel is found that is at fault: a dead letter, its neighbours
    delivered. `has_room` tells whether the disk can go on holding what waits.
    """

    def __init__(
        self,
        name: str,
        source: Source,
        sender: Sender,
        letters: DeadLetters,
        metrics: EngineMetrics,
        costs: Costs,
        breaker: Breaker,
        has_room: Callable[[], bool],
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self.name = name
        self._source, self._sender, self._letters = source, sender, letters
        self._costs, self._breaker, self._has_room, self._clock = costs, breaker, has_room, clock_unix_nano
        self._waiting = Waiting(source)
        self._held = self._waiting.position
        self._held_at_s = self._next_look_s = 0.0
        self._letter_id = 0  # the last that was sent again in this round
        self.failure = ""
        """Why it could not be told the last time; empty where it could."""
        self._has_answered = False
        source.hold(self._held)
        self._counts = Counts(metrics, name)
        self._counts.show(
            lambda: self._waiting.bytes, self._oldest_age_s, lambda: breaker.state, lambda: letters.count(name)
        )
        self._bound_letters()

    def describe(self) -> str:
        """For /readyz."""
        told = "is reached" if self._has_answered else "has been sent nothing yet"
        return f"{self.name} {self.failure or told}, {self._waiting.bytes} bytes behind"

    def run(self, stop: Event) -> None:
        """Deliver until `stop` is set; ends once the call under way has. Raises nothing."""
        while not stop.is_set():
            stop.wait(self.step(stop))
        self._hold()
        self._sender.close()

    def step(self, stop: Event) -> float:
        """One turn that raises nothing; how long to wait for the next, in seconds."""
        try:
            return self._turn(stop)
        except (CorrelatorError, OSError) as error:
            self._fail(f"is not served ({error})", None)
        except Exception as error:  # not its text: that may quote a payload
            log.exception("delivery_failed", target=self.name)
            self._fail(f"is not served ({type(error).__name__}); see the engine's log", None)
        return LOOK_S

    def _turn(self, stop: Event) -> float:
        """Give up what is over the bounds, deliver one batch. A dead letter that is asked for goes out before it."""
        self._count_dropped(self._waiting.refill(self._costs.waiting, self._clock(), has_room=self._has_room()))
        if self._waiting.position != self._held and time.monotonic() - self._held_at_s >= HOLD_S:
            self._hold()
        if (pause_s := self._breaker.wait_s()) > 0:
            return min(pause_s, LOOK_S)
        has_sent_again = self._send_again(stop)
        if self._breaker.wait_s() == 0 and self._is_due() and (batch := self._next_batch()):
            self._deliver(batch, stop)
            return 0.0
        return 0.0 if has_sent_again else IDLE_S

    def _is_due(self) -> bool:
        return self._waiting.bytes >= self._costs.batch_bytes or self._oldest_age_s() >= self._costs.batch_age_s

    def _next_batch(self) -> list[Parcel]:
        """One parcel alone to try whether the target is back, and of a kind that cannot be joined."""
        oldest = self._waiting.batch(0)
        is_joined = self._breaker.state == "closed" and oldest and self._sender.joins(oldest[0].kind)
        return self._waiting.batch(self._costs.batch_bytes) if is_joined else oldest

    def _deliver(self, batch: Sequence[Parcel], stop: Event) -> bool:
        """Whether it is done with: taken, or refused for good. Of what is halved the rest waits once `stop` is set."""
        if stop.is_set():
            return False
        try:
            self._call(batch, stop)
        except TryAgain as error:
            self._fail(str(error), error.retry_after_s)
            return False
        except Refused as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                return self._deliver(batch[:middle], stop) and self._deliver(batch[middle:], stop)
            self._bury([RefusedPart(batch[0], str(error))])
        self._waiting.done(batch)
        return True

    def _send_again(self, stop: Event) -> bool:
        """Send one dead letter that somebody asked for, each once in a round; whether there was one."""
        if time.monotonic() < self._next_look_s:
            return False
        letter = self._letters.next_asked_again(self.name, self._letter_id)
        if letter is None and self._letter_id:  # the next round begins
            letter = self._letters.next_asked_again(self.name)
        if letter is None:
            self._letter_id, self._next_look_s = 0, time.monotonic() + LOOK_S
            return False
        self._letter_id = letter.id
        try:
            self._call([letter.parcel], stop)
        except TryAgain as error:
            self._next_look_s = time.monotonic() + LETTER_PAUSE_S
            self._fail(str(error), error.retry_after_s)
        except Refused as error:
            self._letters.refused_again(letter.id, str(error), self._clock())
        else:
            self._letters.drop([letter.id], self.name)
        return True

    def _call(self, batch: Sequence[Parcel], stop: Event) -> None:
        """Raises TryAgain and Refused; after a refusal too the target is known to be there."""
        attempts = ATTEMPTS if self._breaker.state == "closed" else 1
        try:
            delivered = deliver(self._sender, batch, attempts, stop, self._counts.retries.inc)
        except Refused:
            self._reached()
            raise
        self._reached()
        if delivered.refused_parts:
            self._bury(delivered.refused_parts)
        self._count_delivered(len(batch), delivered)

    def _reached(self) -> None:
        self._has_answered = True
        self._breaker.succeeded()
        if self.failure:
            log.info("target_reached_again", target=self.name)
            self.failure = ""

    def _fail(self, reason: str, retry_after_s: float | None) -> None:
        if _told(reason) != _told(self.failure):
            log.warning("target_not_reached", target=self.name, reason=reason)
        self.failure = reason
        self._breaker.failed(retry_after_s)

    def _bury(self, refused: Sequence[RefusedPart]) -> None:
        self._counts.refused.inc(self._letters.add(self.name, refused, self._clock()))
        first = refused[0]
        log.warning(
            "request_refused", target=self.name, kind=first.parcel.kind, parcels=len(refused), reason=first.reason
        )
        self._bound_letters()

    def _bound_letters(self) -> None:
        bounds = self._costs.letters
        over = self._letters.keep_within(self.name, bounds.max_bytes, bounds.oldest_kept(self._clock()))
        self._count_dropped({"dead_letter": over})

    def _count_delivered(self, parcels: int, delivered: Delivered) -> None:
        self._counts.sent.inc(parcels)
        if delivered.refused_records:
            self._counts.refused_records.inc(delivered.refused_records)
            told = {"records": delivered.refused_records, "reason": delivered.reason}
            log.warning("records_refused", target=self.name, **told)

    def _count_dropped(self, dropped: Mapping[str, int]) -> None:
        for reason, count in dropped.items():
            if count:
                self._counts.dropped[reason].inc(count)
                log.warning("requests_dropped", target=self.name, reason=reason, requests=count)

    def _hold(self) -> None:
        """Keep the position. Where the disk takes no more, what was delivered since is delivered again after a crash."""
        position = self._waiting.position
        try:
            self._source.hold(position)
            self._held = position
        except (CorrelatorError, OSError) as error:
            log.warning("position_not_kept", target=self.name, reason=type(error).__name__)
        self._held_at_s = time.monotonic()

    def _oldest_age_s(self) -> float:
        oldest = self._waiting.oldest_arrival_unix_nano
        return 0.0 if oldest is None else max(0.0, (self._clock() - oldest) / 1e9)


def _told(reason: str) -> str:
    """What is logged when it changes. Behind a colon may be the target's own words, which differ each time."""
    return reason.partition(": ")[0]
