"""Alerts of an incident, as the API tells of them and as people read them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """One alert; the API says more of it."""

    name: str
    state: str
    severity: str
    starts_at_unix_nano: int
    ends_at_unix_nano: int | None
    method: str | None
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertList:
    """Alerts, last begun first."""

    alerts: tuple[AlertAnswer, ...]


def alert_line(alert: AlertAnswer) -> str:
    """Which, of what, since when, and how it is known to be of the incident."""
    from correlator.console import utc

    what = " ".join(text for text in (alert.name, alert.labels.get("sloth_id", ""), alert.severity) if text)
    end = alert.ends_at_unix_nano
    until = f", until {utc(end)}" if end is not None else ""
    return f"alert: {what}, {alert.state} since {utc(alert.starts_at_unix_nano)}{until} (by {alert.method})"
