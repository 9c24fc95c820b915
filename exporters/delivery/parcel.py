"""What is delivered, and where it comes from."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parcel:
    """One thing to deliver. `kind` says what `content` is; `position` is where its source has it."""

    position: int
    kind: str
    arrival_unix_nano: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Parcels in the order of their positions. Go on from `end`; `lost_bytes` of what lay between are gone."""

    parcels: tuple[Parcel, ...]
    end: int
    lost_bytes: int = 0


class Source(Protocol):
    """What one target is to get, durable, in an order that never changes."""

    def start(self) -> int:
        """Where to go on: what was held last; the end, where nothing was."""
        ...

    def read(self, position: int, max_bytes: int) -> Page:
        """From `position` on, about `max_bytes`. Without parcels, and `end` = `position`, where there is no more."""
        ...

    def end(self) -> int:
        """The position behind the newest."""
        ...

    def hold(self, position: int) -> None:
        """All before it is done with; what is from there on MUST stay, over restarts too. Raises OSError, StoreError."""
        ...
