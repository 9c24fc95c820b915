"""How acknowledged requests are read again, for who delivers them elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from correlator.store.contract.frame import Frame


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """An acknowledged request as the log has it; `end` is where the next one starts."""

    position: int
    end: int
    frame: Frame


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Acknowledged requests in the order of their positions. Go on from `end`.

    `lost_bytes` of what lay between can no longer be read: it was dropped, or is damaged.
    """

    requests: tuple[LoggedRequest, ...]
    end: int
    lost_bytes: int = 0


class RequestLog(Protocol):
    """Reads acknowledged requests again, for who delivers them elsewhere. A store that keeps no log is none.

    Each reader has a name and holds the log at a position: what is from there on stays, sealed or not, over restarts too.
    """

    def requests_from(self, position: int, max_bytes: int) -> RequestPage:
        """Those from `position` on, where a request starts or the log ends: about `max_bytes` of them, one at least.

        MUST give none that was not acknowledged, and none twice; no request and `end` = `position` where there is no more.
        """
        ...

    def acknowledged_end(self) -> int:
        """The position behind the newest acknowledged request."""
        ...

    def holds(self) -> Mapping[str, int]:
        """Who holds the log, and where. Safe and quick at any time."""
        ...

    def hold(self, name: str, position: int) -> None:
        """Hold the log there instead of where it was held by that name; durable on return. Raises OSError."""
        ...

    def release(self, name: str) -> None:
        """Hold it no more by that name; durable on return. Raises OSError."""
        ...
