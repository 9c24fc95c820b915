"""Targets over a source in memory, and a sender that does as it is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from threading import Event

from correlator.telemetry.metrics import EngineMetrics
from exporters.delivery import Bounds, Breaker, Costs, DeadLetters, Delivered, Page, Parcel, Refused, Target, TryAgain
from exporters.delivery.counts import DROPPED

NOW = 1_760_000_000_000_000_000
COSTS = Costs(Bounds(2**30, 3_600.0), 2**20, Bounds(2**20, 3_600.0))
Answer = Callable[[Sequence[Parcel]], Delivered]


@dataclass
class ListSource:
    """Parcels in a list, which outlives its targets as a log does. Each is a byte long to the bounds, whatever it holds."""

    parcels: list[Parcel] = field(default_factory=list)
    held: int | None = None
    dropped_below: int = 0
    holds: list[int] = field(default_factory=list)

    def put(self, content: bytes, kind: str = "traces/protobuf", arrival: int = NOW) -> None:
        self.parcels.append(Parcel(len(self.parcels), kind, arrival, content))

    def start(self) -> int:
        return self.end() if self.held is None else self.held

    def read(self, position: int, max_bytes: int) -> Page:
        first = max(position, self.dropped_below)
        page = tuple(self.parcels[first : first + 4])
        return Page(page, first + len(page), lost_bytes=first - position)

    def end(self) -> int:
        return len(self.parcels)

    def hold(self, position: int) -> None:
        self.held = position
        self.holds.append(position)


def take(parcels: Sequence[Parcel]) -> Delivered:
    return Delivered()


@dataclass
class Backend:
    """Answers each call by `answer`; keeps what it took. `calls` has the contents of every call."""

    answer: Answer = take
    is_joining: bool = True
    taken: list[bytes] = field(default_factory=list)
    calls: list[list[bytes]] = field(default_factory=list)
    is_closed: bool = False

    def joins(self, kind: str) -> bool:
        return self.is_joining and kind.endswith("/protobuf")

    def send(self, parcels: Sequence[Parcel]) -> Delivered:
        self.calls.append([each.content for each in parcels])
        delivered = self.answer(parcels)
        self.taken += [each.content for each in parcels]
        return delivered

    def close(self) -> None:
        self.is_closed = True


def refuses(*contents: bytes) -> Answer:
    """Never takes these."""

    def answer(parcels: Sequence[Parcel]) -> Delivered:
        if any(each.content in contents for each in parcels):
            raise Refused("answers 400: no")
        return Delivered()

    return answer


def is_down(parcels: Sequence[Parcel]) -> Delivered:
    raise TryAgain("does not answer", retry_after_s=10.0)  # long: it is tried once


class Bench:
    """A target, its source and backend, clocks that stand still, and what it counts."""

    def __init__(self, folder: Path, source: ListSource | None = None, costs: Costs = COSTS) -> None:
        self.source = source or ListSource(held=0)
        self.backend = Backend()
        self.letters = DeadLetters(folder)
        self.metrics = EngineMetrics()
        self.now = NOW
        self.seconds = 0.0
        self.has_room = True
        self.stop = Event()
        self.breaker = Breaker(Random(1), lambda: self.seconds)
        self.target = Target(
            "backend",
            self.source,
            self.backend,
            self.letters,
            self.metrics,
            costs,
            self.breaker,
            lambda: self.has_room,
            lambda: self.now,
        )

    def turns(self, count: int = 1) -> None:
        for _ in range(count):
            self.target.step(self.stop)

    def value(self, name: str, **labels: str) -> float:
        labels = {"target": "backend"} | labels
        value = self.metrics.registry.get_sample_value(f"correlator_delivery_{name}", labels)
        assert value is not None, name
        return value

    def dropped(self) -> dict[str, float]:
        """Those that are not 0."""
        counts = {reason: self.value("dropped_total", reason=reason) for reason in DROPPED}
        return {reason: count for reason, count in counts.items() if count}


def costs(**given: object) -> Costs:
    return replace(COSTS, **given)  # type: ignore[arg-type]
