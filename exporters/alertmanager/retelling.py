"""Which alerts an Alertmanager is due to be told: what is on each interval and at each change, what is over until it was heard."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from exporters.alertmanager.alert import Alert, Labels


@dataclass(frozen=True, slots=True)
class _Heard:
    alert: Alert
    at_unix_nano: int


class Retelling:
    """What one Alertmanager has heard, and so what it is due. For one thread."""

    def __init__(self, interval_s: float) -> None:
        self._interval_nano = int(interval_s * 1e9)
        self._heard: dict[Labels, _Heard] = {}

    def due(self, alerts: Iterable[Alert], now_unix_nano: int) -> list[Alert]:
        """Of the alerts of now; one that was on and is not among them any more has ended now."""
        current = {alert.labels: alert for alert in alerts}
        ended = (
            replace(heard.alert, ends_at_unix_nano=max(now_unix_nano, heard.alert.starts_at_unix_nano))
            for labels, heard in self._heard.items()
            if labels not in current and heard.alert.ends_at_unix_nano is None
        )
        return [*(alert for alert in current.values() if self._is_due(alert, now_unix_nano)), *ended]

    def heard(self, alerts: Iterable[Alert], now_unix_nano: int) -> None:
        """It has acknowledged these."""
        self._heard |= {alert.labels: _Heard(alert, now_unix_nano) for alert in alerts}

    def forget(self, alerts: Iterable[Alert]) -> None:
        """All that is over and not among these, the alerts of now."""
        current = {alert.labels for alert in alerts}
        self._heard = {
            labels: heard
            for labels, heard in self._heard.items()
            if labels in current or heard.alert.ends_at_unix_nano is None
        }

    def _is_due(self, alert: Alert, now_unix_nano: int) -> bool:
        heard = self._heard.get(alert.labels)
        if heard is None or heard.alert != alert:
            return True
        return alert.ends_at_unix_nano is None and now_unix_nano - heard.at_unix_nano >= self._interval_nano
