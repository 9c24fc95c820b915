"""What Alertmanager posts (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config). Other fields are not looked at."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

MAX_ALERTS: Final = 2_000
MAX_LABELS: Final = 64  # of one alert, and annotations as well
FINGERPRINT: Final = "9f86d081884c7d65"
Time = Annotated[str, Meta(max_length=40, extra_json_schema={"format": "date-time"})]
Texts = Annotated[dict[Annotated[str, Meta(min_length=1, max_length=256)], str], Meta(max_length=MAX_LABELS)]


class AlertDocument(Struct, frozen=True, rename="camel"):
    """One alert of the group."""

    status: Annotated[Literal["firing", "resolved"], Meta(description="Of this alert.", examples=["firing"])]
    labels: Annotated[
        Texts,
        Meta(
            description="Its identity. `incident`, or else `sloth_id`, `service` and `system` tie it to an incident.",
            examples=[{"alertname": "ErrorBudgetBurn", "sloth_id": "bridge-availability", "severity": "critical"}],
        ),
    ]
    starts_at: Annotated[Time, Meta(description="Since when.", examples=["2026-01-31T12:00:00Z"])]
    annotations: Annotated[
        Texts, Meta(description="What is said of it.", examples=[{"summary": "burns too fast"}])
    ] = {}
    ends_at: Annotated[
        Time | None, Meta(description="Until when; of the year 1 while it fires.", examples=["0001-01-01T00:00:00Z"])
    ] = None
    generator_u_r_l: Annotated[
        str, Meta(description="Where it was made.", examples=["http://127.0.0.1:9090/graph"])
    ] = msgspec.field(default="", name="generatorURL")
    fingerprint: Annotated[
        Annotated[str, Meta(max_length=128)], Meta(description="Alertmanager's, of the labels.", examples=[FINGERPRINT])
    ] = ""


class WebhookDocument(Struct, frozen=True, rename="camel"):
    """A group of alerts, as Alertmanager tells of it."""

    version: Annotated[Literal["4"], Meta(description="Of this format.", examples=["4"])]
    alerts: Annotated[
        Annotated[list[AlertDocument], Meta(max_length=MAX_ALERTS)],
        Meta(description="All of the group, or as many as webhook_config's max_alerts allows."),
    ]
    receiver: Annotated[str, Meta(description="The receiver that this is for.", examples=["engine"])] = ""


def json_schemas(ref_template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a body, and the schemas that it refers to by `ref_template` with `{name}`."""
    (document,), components = msgspec.json.schema_components((WebhookDocument,), ref_template=ref_template)
    return document, components
