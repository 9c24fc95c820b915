"""When not to ask: a Prometheus that is down must not keep the engine waiting, objective by objective."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from correlator.doors.prometheus.client import Reason, Refusal

PAUSE_S: Final = 15.0  # of all, once nobody answers; a scrape interval or two
LONGEST_PAUSE_S: Final = 300.0  # of one objective whose query takes too long, doubled from PAUSE_S
SILENT: Final = 2  # objectives that time out one after the other: then it is the server, not the query


@dataclass(frozen=True, slots=True)
class _Pause:
    until_s: float
    length_s: float
    refusal: Refusal


class Patience:
    """Who is not to be asked for now, and why. For any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all: _Pause | None = None
        self._pauses: dict[str, _Pause] = {}
        self._silent: set[str] = set()

    def refusal_of(self, objective_id: str) -> Refusal | None:
        """Why not to ask now; None where it may be asked."""
        with self._lock:
            now_s = self._clock()
            for pause in (self._all, self._pauses.get(objective_id)):
                if pause is not None and now_s < pause.until_s:
                    return pause.refusal
        return None

    def answered(self, objective_id: str) -> None:
        with self._lock:
            self._all = None
            self._silent.clear()
            self._pauses.pop(objective_id, None)

    def refused(self, objective_id: str, refusal: Refusal) -> None:
        """Pause this objective where its query takes long, and all where nobody answers."""
        with self._lock:
            if refusal.reason is Reason.TIMEOUT:
                self._silent.add(objective_id)
                self._pauses[objective_id] = self._longer(self._pauses.get(objective_id), refusal)
            is_down = refusal.reason in (Reason.UNREACHABLE, Reason.SERVER_ERROR, Reason.THROTTLED)
            if is_down or len(self._silent) >= SILENT:
                self._all = _Pause(self._clock() + PAUSE_S, PAUSE_S, refusal)

    def _longer(self, before: _Pause | None, refusal: Refusal) -> _Pause:
        length_s = PAUSE_S if before is None else min(2 * before.length_s, LONGEST_PAUSE_S)
        return _Pause(self._clock() + length_s, length_s, refusal)
