"""Which batches the store has already, though Kafka was not told so: a crash fell between record and commit.

The embedded store keeps a request's origin beside it in its log. The log is held where the oldest request lies that is not
committed, and read from there at the start. A store that keeps no log knows a request again by itself.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from correlator.store.contract import LoggedRequest, RequestLog

HOLD: Final = "kafka"
"""The name by which the log is held."""
_PAGE_BYTES: Final = 4 * 2**20

REMEMBERED: Final = 32_768
"""Origins: what 256 partitions have at hand at most."""

Place = tuple[str, int]
"""A topic and the number of a partition."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Once all partitions are committed so far, the log is needed from `position` on."""

    position: int
    offsets: Mapping[Place, int]


class RecordedBatches:
    """Origins of batches that were recorded: all that may not be committed, and some that are. `log` is None for a store
    that keeps none."""

    def __init__(self, log: RequestLog | None) -> None:
        self._log = log
        self._origins: OrderedDict[str, None] = OrderedDict()
        self._mark: _Mark | None = None

    def load(self) -> int:
        """Read what a run before this one recorded and may not have committed; how many batches. Raises OSError."""
        if self._log is not None:
            for logged in _held(self._log):
                if logged.frame.origin:
                    self.add(logged.frame.origin)
        return len(self._origins)

    def __contains__(self, origin: str) -> bool:
        return origin in self._origins

    def add(self, origin: str) -> None:
        """The oldest is forgotten once there are REMEMBERED."""
        self._origins[origin] = None
        if len(self._origins) > REMEMBERED:
            self._origins.popitem(last=False)

    def committed(self, made: Mapping[Place, int], done: Mapping[Place, int]) -> None:
        """Hold the log further on where it can be: `made` and `done` are the offsets up to which batches of each partition
        that this engine has were made, and committed. Raises OSError."""
        if self._log is None:
            return
        mark = self._mark or _Mark(self._log.acknowledged_end(), dict(made))
        self._mark = mark
        if all(done.get(place, offset) >= offset for place, offset in mark.offsets.items()):
            if self._log.holds().get(HOLD) != mark.position:
                self._log.hold(HOLD, mark.position)
            self._mark = None


def _held(log: RequestLog) -> Iterator[LoggedRequest]:
    """Requests from where the log was held; where it was not, it is from now on."""
    position = log.holds().get(HOLD)
    if position is None:
        log.hold(HOLD, log.acknowledged_end())
        return
    while (page := log.requests_from(position, _PAGE_BYTES)).end > position:
        yield from page.requests
        position = page.end
