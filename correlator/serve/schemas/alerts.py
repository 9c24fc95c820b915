"""What the API answers of alerts."""

from pydantic import Field, computed_field

from correlator.serve.schemas.fields import TIME
from correlator.serve.schemas.rfc3339 import rfc3339
from correlator.serve.schemas.schema import Schema

INCIDENT = "c1-5d41402abc4b2a76-1"


class AlertAcceptance(Schema):
    """A webhook that is on record."""

    accepted: int = Field(description="Alerts that it told of.", examples=[2])
    new: int = Field(description="Those of them of which something was new.", examples=[1])


class Alert(Schema):
    """An alert that Alertmanager told of, and the incident that it is of."""

    fingerprint: str = Field(description="Alertmanager's, of the labels.", examples=["9f86d081884c7d65"])
    name: str = Field(description="The label alertname.", examples=["ErrorBudgetBurn"])
    state: str = Field(description="firing or resolved.", examples=["firing"])
    severity: str = Field(description="The label severity; may be empty.", examples=["critical"])
    labels: dict[str, str] = Field(
        description="Its identity.", examples=[{"alertname": "ErrorBudgetBurn", "sloth_id": "bridge-availability"}]
    )
    annotations: dict[str, str] = Field(
        description="What was said of it.", examples=[{"cause": "worker failed first: it raised ValueError"}]
    )
    starts_at_unix_nano: int = Field(description="Since when, unix nanoseconds.", examples=[TIME])
    ends_at_unix_nano: int | None = Field(description="When it ended; null while it fires.", examples=[None])
    heard_at_unix_nano: int = Field(description="When the engine last heard something new of it.", examples=[TIME])
    generator_url: str = Field(description="Where it was made.", examples=["http://127.0.0.1:9090/graph"])
    receiver: str = Field(description="The receiver of Alertmanager that told of it.", examples=["engine"])
    incident: str | None = Field(description="Key of its incident; null where none fits.", examples=[INCIDENT])
    method: str | None = Field(
        description="How it was tied to it, surest first: incident (the label), objective, service, system; null without.",
        examples=["objective"],
    )

    @computed_field(description="Since when, RFC 3339.", examples=["2026-01-31T12:00:00Z"])  # type: ignore[prop-decorator]
    @property
    def starts_at(self) -> str:
        return rfc3339(self.starts_at_unix_nano)

    @computed_field(description="When it ended, RFC 3339; null while it fires.", examples=[None])  # type: ignore[prop-decorator]
    @property
    def ends_at(self) -> str | None:
        return None if self.ends_at_unix_nano is None else rfc3339(self.ends_at_unix_nano)


class AlertList(Schema):
    """Alerts, last begun first."""

    alerts: tuple[Alert, ...] = Field(description="At most `limit`.")
