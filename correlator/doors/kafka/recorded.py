"""Which batches the store has already, though Kafka was not told so: a crash fell between record and commit.

The embedded store keeps a request's origin beside it in its log. The log is held where the oldest request lies that is not
committed, and read from there at the start. A store that keeps no log knows a request again by itself.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from correlator.doors.kafka.batch import Place, read_origin
from correlator.store.contract import RequestLog

HOLD: Final = "kafka"
"""The name by which the log is held."""
REMEMBERED: Final = 32_768
"""Origins: what 256 partitions have at hand at most."""
_PAGE_BYTES: Final = 4 * 2**20


@dataclass(frozen=True, slots=True)
class _Mark:
    """Once all these offsets are committed, the log is needed from `position` on."""

    position: int
    offsets: Mapping[Place, int]


class RecordedBatches:
    """Origins of batches of a group that were recorded: all that may not be committed, and some that are.

    `log` is None for a store that keeps none.
    """

    def __init__(self, log: RequestLog | None, group: str) -> None:
        self._log = log
        self._group = group
        self._origins: OrderedDict[str, None] = OrderedDict()
        self._mark: _Mark | None = None

    def load(self) -> int:
        """Read what a run before this one recorded and may not have committed; how many batches. Raises OSError."""
        if self._log is None:
            return 0
        ends: dict[Place, int] = {}
        end = self._log.acknowledged_end()
        for origin in _held(self._log):
            said = read_origin(origin)
            if said is not None and said.group == self._group:
                self.add(origin)
                ends[said.place] = max(ends.get(said.place, 0), said.end)
        self._mark = _Mark(end, ends)
        return len(self._origins)

    def __contains__(self, origin: str) -> bool:
        return origin in self._origins

    def add(self, origin: str) -> None:
        """The oldest is forgotten once there are REMEMBERED."""
        self._origins[origin] = None
        if len(self._origins) > REMEMBERED:
            self._origins.popitem(last=False)

    def awaited(self, promised: Mapping[Place, int]) -> Mapping[Place, int]:
        """The offsets that must be committed, by whomever, before the log is held further on. `promised` are the ends of all
        that this engine has made or planned to make."""
        if self._log is None:
            return {}
        if self._mark is None:
            self._mark = _Mark(self._log.acknowledged_end(), dict(promised))
        return self._mark.offsets

    def committed(self, offsets: Mapping[Place, int]) -> None:
        """What Kafka has. A place that it names no offset of is one that nobody reads any more. Raises OSError."""
        mark = self._mark
        if self._log is None or mark is None:
            return
        if all(offsets.get(place, end) >= end for place, end in mark.offsets.items()):
            if self._log.holds().get(HOLD) != mark.position:
                self._log.hold(HOLD, mark.position)
            self._mark = None


def _held(log: RequestLog) -> Iterator[str]:
    """The origins of requests from where the log was held; where it was not, it is from now on."""
    position = log.holds().get(HOLD)
    if position is None:
        log.hold(HOLD, log.acknowledged_end())
        return
    while (page := log.requests_from(position, _PAGE_BYTES)).end > position:
        yield from (logged.frame.origin for logged in page.requests)
        position = page.end
