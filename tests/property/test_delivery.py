"""Any interleaving of failures, refusals, crashes and sealing: each acknowledged request arrives, or is a dead letter."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correlator.telemetry.metrics import EngineMetrics
from exporters.delivery import (
    Bounds,
    Breaker,
    Costs,
    DeadLetters,
    Delivered,
    Parcel,
    Refused,
    RequestSource,
    Target,
    TryAgain,
)
from tests.unit.store.segments.segment_stores import crashed, opened, put

ACTIONS = ("put", "put", "put", "deliver", "deliver", "seal", "down", "lost_answer", "poison", "crash", "stop")
COSTS = Costs(Bounds(2**30, 1e9), 4_000, Bounds(2**30, 1e9))


class Backend:
    """Takes what it is sent but when it is down; never takes a poisoned request. Remembers all that it has."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.poisoned: set[bytes] = set()
        self.failures: list[str] = []

    def joins(self, kind: str) -> bool:
        return True

    def send(self, parcels: Sequence[Parcel]) -> Delivered:
        failure = self.failures.pop() if self.failures else ""
        if failure == "down":
            raise TryAgain("down", retry_after_s=10.0)
        contents = [each.content for each in parcels]
        if self.poisoned.intersection(contents):
            raise Refused("poisoned")
        self.taken += contents
        if failure == "lost_answer":  # it has them, and we do not know
            raise TryAgain("lost", retry_after_s=10.0)
        return Delivered()

    def close(self) -> None:
        """Nothing is open."""


class World:
    """A store and a target on it, both of which may end at any moment and come back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "0"
        self.backend = Backend()
        self.acknowledged: list[bytes] = []
        self.seconds = 0.0
        self.start()

    def start(self) -> None:
        self.store = opened(self.folder, log_file_bytes=4_000)
        self.letters = DeadLetters(self.folder)
        source = RequestSource(self.store, "otlp/b", ("traces",))
        breaker = Breaker(Random(1), lambda: self.seconds)
        self.target = Target(
            "b", source, self.backend, self.letters, EngineMetrics(), COSTS, breaker, lambda: True, lambda: 0
        )

    def act(self, action: str) -> None:
        if action == "put":
            number = len(self.acknowledged)
            position = put(self.store, number)
            self.acknowledged.append(self.store.requests_from(position, 0).requests[0].frame.payload)
        elif action == "poison":
            self.act("put")
            self.backend.poisoned.add(self.acknowledged[-1])
        elif action == "deliver":
            self.turn()
        elif action == "seal":
            self.store.seal()
        elif action in ("down", "lost_answer"):
            self.backend.failures.append(action)
        else:
            self.restart(is_crash=action == "crash")

    def restart(self, *, is_crash: bool) -> None:
        """A crash leaves the files as they are at this moment."""
        if is_crash:
            after = crashed(self.folder)
            self.end()
            self.folder = after.rename(self.folder.with_name(f"{int(self.folder.name) + 1}"))
        else:
            stopped = Event()
            stopped.set()
            self.target.run(stopped)
            self.end()
        self.start()

    def turn(self) -> None:
        self.seconds += 60.0
        self.target._held_at_s = -1e9  # a second has gone by
        self.target.step(Event())

    def end(self) -> None:
        self.store.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(ACTIONS), max_size=25))
def test_each_acknowledged_request_arrives_at_least_once_in_order(actions: list[str]) -> None:
    """Or is a dead letter, if it was poisoned. In order: the first arrivals are; what is sent again repeats a stretch."""
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        for action in actions:
            world.act(action)
        world.backend.failures.clear()
        while world.target._waiting.bytes:
            world.turn()
        first_arrivals = list(dict.fromkeys(world.backend.taken))
        letters = set()
        world.letters.ask_again(None, None)
        while (letter := world.letters.next_asked_again("b")) is not None:
            letters.add(letter.parcel.content)
            world.letters.drop([letter.id], None)
        assert first_arrivals == [each for each in world.acknowledged if each not in world.backend.poisoned]
        assert letters == world.backend.poisoned
        world.turn()
        world.store.seal()
        assert world.store.stats().log_bytes < 8_000
        world.end()
