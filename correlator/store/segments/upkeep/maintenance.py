"""A thread that does one kind of upkeep over and over; what fails is counted, logged and tried again."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from correlator.store.segments.disk import is_no_room
from correlator.store.segments.meter import Observe

LOG = structlog.get_logger(__name__)
STOP_TIMEOUT_S: Final = 20.0


class Maintenance:
    """Calls `work` every `interval_s`, and at once when woken. `work` tells whether there is more to do right away."""

    def __init__(self, name: str, work: Callable[[], bool], interval_s: float, observe: Observe) -> None:
        self._work = work
        self._interval_s = interval_s
        self._observe = observe
        self._wake = threading.Event()
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"correlator-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    @property
    def is_running(self) -> bool:
        return not self._is_stopped.is_set()

    def stop(self) -> None:
        """Ends after the step under way."""
        self._is_stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            if not self._step():
                self._wake.wait(self._interval_s)
                self._wake.clear()

    def _step(self) -> bool:
        try:
            return self._work()
        except OSError as error:
            self._observe("background_errors", 1)
            LOG.warning("maintenance_postponed", errno=error.errno, is_no_room=is_no_room(error))
        except Exception:
            self._observe("background_errors", 1)
            LOG.exception("maintenance_failed")
        self._is_stopped.wait(self._interval_s)
        return False
