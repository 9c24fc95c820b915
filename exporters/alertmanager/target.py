"""One Alertmanager, told in a thread of its own: who does not answer keeps nobody else waiting."""

import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

import structlog

from correlator.errors import Unavailable
from correlator.telemetry.metrics import EngineMetrics
from exporters.alertmanager.alert import Alert
from exporters.alertmanager.client import AlertmanagerClient
from exporters.alertmanager.retelling import Retelling

log = structlog.get_logger()

TURN_S: Final = 2.0  # so soon is a new incident told
LONGEST_PAUSE_S: Final = 60.0  # doubled from TURN_S while it does not answer
AT_ONCE: Final = 200  # alerts in one request: 200 kB
LASTS_INTERVALS: Final = 4
"""An alert that is not told again ends after so many intervals, as Prometheus has it (rules/manager.go, sendAlerts)."""


class Target:
    """Tells one Alertmanager what `read` gives: the alerts of now, None while they are not known yet."""

    def __init__(
        self,
        client: AlertmanagerClient,
        read: Callable[[], Sequence[Alert] | None],
        metrics: EngineMetrics,
        interval_s: float,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self._client = client
        self._read = read
        self._counts = metrics.alerts_sent
        self._lasts_nano = int(LASTS_INTERVALS * interval_s * 1e9)
        self._retelling = Retelling(interval_s)
        self._clock = clock_unix_nano
        self.failure = ""
        """Why it was not told the last time; empty where it was."""
        for outcome in ("sent", "failed"):
            self._counts.labels(client.name, outcome)

    @property
    def name(self) -> str:
        return self._client.name

    def run(self, stop: Event) -> None:
        """Turn until `stop` is set."""
        pause_s = TURN_S
        while not stop.is_set():
            pause_s = TURN_S if self.attempt() else min(2 * pause_s, LONGEST_PAUSE_S)
            stop.wait(pause_s)
        self._client.close()

    def attempt(self) -> bool:
        """One turn; whether it was heard. Raises nothing; logs when that changes."""
        before = self.failure
        try:
            self.turn()
            self.failure = ""
        except Unavailable as error:
            self.failure = str(error)
        except Exception:
            log.exception("alerts_not_sent", target=self.name)
            self.failure = f"{self.name} cannot be told; see the engine's log"
        if bool(before) != bool(self.failure):
            log.warning(
                "alerts_not_sent" if self.failure else "alerts_sent_again", target=self.name, reason=self.failure
            )
        return not self.failure

    def turn(self) -> None:
        """Tell what is due. Raises Unavailable; what was not heard stays due."""
        alerts = self._read()
        if alerts is None:
            return
        due = self._retelling.due(alerts, self._clock())
        for first in range(0, len(due), AT_ONCE):
            self._tell(due[first : first + AT_ONCE])
        self._retelling.forget(alerts)

    def _tell(self, alerts: Sequence[Alert]) -> None:
        now = self._clock()
        try:
            self._client.post([alert.document(now + self._lasts_nano) for alert in alerts])
        except Unavailable:
            self._counts.labels(self.name, "failed").inc(len(alerts))
            raise
        self._counts.labels(self.name, "sent").inc(len(alerts))
        self._retelling.heard(alerts, now)
