"""What a target has not got: a page of it in memory, the rest where its source has it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final

from exporters.delivery.bounds import Bounds
from exporters.delivery.parcel import Parcel, Source

PAGE_BYTES: Final = 4 * 2**20  # read at a time, and in memory of each target


class Waiting:
    """The parcels of `source` from where it was held on. One thread changes it; any may look."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parcels: list[Parcel] = []
        self._read_to = source.start()

    @property
    def position(self) -> int:
        """All before it is done with."""
        parcels = self._parcels
        return parcels[0].position if parcels else self._read_to

    @property
    def bytes(self) -> int:
        """Of the source, from `position` on."""
        return max(0, self._source.end() - self.position)

    @property
    def oldest_arrival_unix_nano(self) -> int | None:
        """None where nothing waits."""
        parcels = self._parcels
        return parcels[0].arrival_unix_nano if parcels else None

    def refill(self, bounds: Bounds, now_unix_nano: int, *, has_room: bool) -> Counter[str]:
        """Give up what is over the bounds and read on where nothing waits; how many were given up, by reason."""
        gone: Counter[str] = Counter()
        first_kept = self._source.end() - bounds.allowed_bytes(self.bytes, has_room=has_room)
        oldest_kept = bounds.oldest_kept(now_unix_nano)

        def kept(parcels: Sequence[Parcel]) -> Iterator[Parcel]:
            for parcel in parcels:
                if parcel.position < first_kept:
                    gone["size" if has_room else "no_room"] += 1
                elif parcel.arrival_unix_nano < oldest_kept:
                    gone["age"] += 1
                else:
                    yield parcel

        self._parcels = list(kept(self._parcels))
        while not self._parcels:
            page = self._source.read(self._read_to, PAGE_BYTES)
            gone["lost"] += page.lost_bytes > 0
            if page.end == self._read_to:
                break
            self._parcels, self._read_to = list(kept(page.parcels)), page.end
        return gone

    def batch(self, max_bytes: int) -> list[Parcel]:
        """The oldest, and those behind it of its kind as far as they fit; only the oldest with `max_bytes` 0."""
        size = 0

        def fits(parcel: Parcel) -> bool:
            nonlocal size
            size += len(parcel.content)
            return parcel is first or size <= max_bytes

        if not self._parcels:
            return []
        first = self._parcels[0]
        return list(takewhile(fits, (each for each in self._parcels if each.kind == first.kind)))

    def done(self, batch: Sequence[Parcel]) -> None:
        """These are dealt with."""
        positions = {parcel.position for parcel in batch}
        self._parcels = [parcel for parcel in self._parcels if parcel.position not in positions]
