"""What talks to a target, and the two ways in which it says no."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from correlator.errors import CorrelatorError
from exporters.delivery.parcel import Parcel


class TryAgain(CorrelatorError):
    """The target cannot take it now, or does not know us. `retry_after_s` is what it asked for. The text holds no secret."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Refused(CorrelatorError):
    """The target never takes one of these parcels: sending it again gives the same answer. The text holds no secret."""


@dataclass(frozen=True, slots=True)
class RefusedPart:
    """One record that the target never takes, as a parcel that can be sent again by itself. The reason holds no payload."""

    parcel: Parcel
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """The target took them; but for so many records in them, for that reason, which are gone, and for these parts."""

    refused_records: int = 0
    reason: str = ""
    refused_parts: tuple[RefusedPart, ...] = ()


class Sender(Protocol):
    """One target's protocol. For one thread."""

    def joins(self, kind: str) -> bool:
        """Whether several parcels of that kind go in one call."""
        ...

    def send(self, parcels: Sequence[Parcel]) -> Delivered:
        """Parcels of one kind, all or none. Returns once the target has acknowledged them. Raises TryAgain, Refused."""
        ...

    def close(self) -> None: ...
