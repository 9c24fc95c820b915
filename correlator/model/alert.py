"""An alert that Alertmanager told of, and the incident that it is of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

AlertState = Literal["firing", "resolved"]
TieMethod = Literal["incident", "objective", "service", "system"]
"""How an alert was tied to its incident: by the label that names it; by the objective that both are of; by a service, or only
a system, that both name."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, from when it began: two with one `identity` are one. `ends_at_unix_nano` is None while it fires."""

    fingerprint: str
    state: AlertState
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at_unix_nano: int
    ends_at_unix_nano: int | None
    generator_url: str
    receiver: str
    heard_at_unix_nano: int

    @property
    def identity(self) -> tuple[str, int]:
        return self.fingerprint, self.starts_at_unix_nano

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "")

    @property
    def severity(self) -> str:
        return self.labels.get("severity", "")

    def tells_no_more_than(self, known: "Alert") -> bool:
        """Whether nothing is new in it. What has resolved does not fire again: it would begin anew."""
        if known.state == "resolved" and self.state == "firing":
            return True
        said = (self.state, self.ends_at_unix_nano, self.annotations)
        return said == (known.state, known.ends_at_unix_nano, known.annotations)


@dataclass(frozen=True, slots=True)
class TiedAlert:
    """An alert and the key of its incident; both None where it is of none that is known."""

    alert: Alert
    incident: str | None
    method: TieMethod | None
