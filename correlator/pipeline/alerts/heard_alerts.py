"""The alerts that were heard of lately, each as it was last told; after a restart, read from the store."""

import time
from collections.abc import Callable, Iterable
from threading import Event, Lock
from typing import Final

import structlog

from correlator.errors import CorrelatorError
from correlator.model.alert import Alert
from correlator.pipeline.alerts.alert_log import read_alerts
from correlator.pipeline.stories.named_records import windows_of
from correlator.store.contract import Reader

log = structlog.get_logger()

ALERTS: Final = 2_000
"""Kept at a time, about 2 kB each; over it, those that began first go, resolved ones before others."""
CHARACTERS: Final = 32 * 2**20
"""Of all that is said of them: one alert may have half a million."""
RECALLED_NANO: Final = 7 * 24 * 3_600 * 10**9
"""How far back a restart looks for alerts."""
RETRY_S: Final = 5.0


class HeardAlerts:
    """Safe from any thread. `is_complete_since` tells from when on all are here; the store has the others."""

    def __init__(self, clock_unix_nano: Callable[[], int] = time.time_ns, limit: int = ALERTS) -> None:
        self._lock = Lock()
        self._clock = clock_unix_nano
        self._limit = limit
        self._alerts: dict[tuple[str, int], Alert] = {}
        self._characters = 0
        self._has_forgotten = False
        self.is_complete_since = clock_unix_nano()

    def is_known(self, alert: Alert) -> bool:
        """Whether all that it tells was heard."""
        with self._lock:
            known = self._alerts.get(alert.identity)
        return known is not None and alert.tells_no_more_than(known)

    def hear(self, *alerts: Alert) -> None:
        """Take what they tell; what was told later stays."""
        with self._lock:
            for alert in alerts:
                known = self._alerts.get(alert.identity)
                if known is None or (
                    alert.heard_at_unix_nano >= known.heard_at_unix_nano and not alert.tells_no_more_than(known)
                ):
                    self._characters += _characters(alert) - (0 if known is None else _characters(known))
                    self._alerts[alert.identity] = alert
            if self._is_over_bounds():
                self._forget()

    def all(self) -> tuple[Alert, ...]:
        """Last begun first, ties by fingerprint."""
        with self._lock:
            return tuple(sorted(self._alerts.values(), key=lambda each: (-each.starts_at_unix_nano, each.fingerprint)))

    def recall(self, reader: Reader, stop: Event) -> None:
        """Read what was on record before this process began, newest first. An error ends a try, never the thread."""
        while not stop.is_set():
            try:
                self._recall(reader, stop)
            except CorrelatorError as error:
                log.warning("alerts_not_recalled", reason=type(error).__name__)
            except Exception:
                log.exception("alerts_not_recalled")
            else:
                return
            stop.wait(RETRY_S)

    def _recall(self, reader: Reader, stop: Event) -> None:
        oldest = self._clock() - RECALLED_NANO
        for start, end in windows_of(reader.stats().logs, oldest, self.is_complete_since + 1):
            for alert in read_alerts(reader, start, end):
                self.hear(alert)
            if stop.is_set() or self._has_forgotten:
                return
            self.is_complete_since = start

    def recalled_since(self, start_unix_nano: int) -> None:
        """All that began from then on has been heard; what was forgotten since is not here all the same."""
        with self._lock:
            if not self._has_forgotten:
                self.is_complete_since = min(self.is_complete_since, start_unix_nano)

    def _is_over_bounds(self) -> bool:
        return len(self._alerts) > self._limit or self._characters > CHARACTERS

    def _forget(self) -> None:
        for each in sorted(
            self._alerts.values(), key=lambda each: (each.state != "resolved", each.starts_at_unix_nano)
        ):
            if not self._is_over_bounds():
                break
            del self._alerts[each.identity]
            self._characters -= _characters(each)
            self.is_complete_since = max(self.is_complete_since, each.starts_at_unix_nano + 1)
        self._has_forgotten = True


def latest(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Each alert once, as it was last told, in whatever order they come; last begun first."""
    heard = HeardAlerts(limit=2**31)
    for alert in sorted(alerts, key=lambda each: each.heard_at_unix_nano):
        heard.hear(alert)
    return heard.all()


def _characters(alert: Alert) -> int:
    said = (*alert.labels.items(), *alert.annotations.items())
    return len(alert.generator_url) + len(alert.receiver) + sum(len(name) + len(text) for name, text in said)
