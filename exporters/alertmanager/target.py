"""One Alertmanager, told in a thread of its own: who does not answer keeps nobody else waiting."""

import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

import structlog

from correlator.telemetry.metrics import EngineMetrics
from exporters.alertmanager.alert import Alert
from exporters.alertmanager.client import AlertmanagerClient
from exporters.alertmanager.retelling import Retelling
from exporters.delivery import Breaker, TryAgain

log = structlog.get_logger()

TURN_S: Final = 2.0  # so soon is a new incident told
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
        breaker: Breaker,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self._client = client
        self._read = read
        self._counts = metrics.alerts_sent
        self._lasts_nano = int(LASTS_INTERVALS * interval_s * 1e9)
        self._longest_pause_s = interval_s  # whoever asks for more would have alerts end that go on
        self._retelling = Retelling(interval_s)
        self._breaker = breaker
        self._clock = clock_unix_nano
        self.failure = ""
        """Why it was not told the last time; empty where it was."""
        for outcome in ("sent", "failed"):
            self._counts.labels(client.name, outcome)

    @property
    def name(self) -> str:
        return self._client.name

    def run(self, stop: Event) -> None:
        """Turn until `stop` is set, as late as the breaker says while it fails."""
        while not stop.is_set():
            self.attempt()
            stop.wait(max(TURN_S, self._breaker.wait_s()))
        self._client.close()

    def attempt(self) -> bool:
        """One turn; whether it was heard. Raises nothing; logs when that, or the reason, changes."""
        before = self.failure
        try:
            self.turn()
            self.failure = ""
            self._breaker.succeeded()
        except TryAgain as error:
            self._fail(str(error), error.retry_after_s)
        except Exception:
            log.exception("alerts_not_sent", target=self.name)
            self._fail("cannot be told; see the engine's log", None)
        if before != self.failure:
            log.warning(
                "alerts_not_sent" if self.failure else "alerts_sent_again", target=self.name, reason=self.failure
            )
        return not self.failure

    def turn(self) -> None:
        """Tell what is due. Raises TryAgain; what was not heard stays due."""
        alerts = self._read()
        if alerts is None:
            return
        due = self._retelling.due(alerts, self._clock())
        for first in range(0, len(due), AT_ONCE):
            self._tell(due[first : first + AT_ONCE])
        self._retelling.forget(alerts)

    def _fail(self, reason: str, retry_after_s: float | None) -> None:
        self.failure = f"{self.name} {reason}"
        self._breaker.failed(min(retry_after_s or 0.0, self._longest_pause_s))

    def _tell(self, alerts: Sequence[Alert]) -> None:
        now = self._clock()
        try:
            self._client.post([alert.document(now + self._lasts_nano) for alert in alerts])
        except TryAgain:
            self._counts.labels(self.name, "failed").inc(len(alerts))
            raise
        self._counts.labels(self.name, "sent").inc(len(alerts))
        self._retelling.heard(alerts, now)
