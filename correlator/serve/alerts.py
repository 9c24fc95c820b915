"""What the routes of alerts stand on."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from correlator.pipeline.alerts.tied_alerts import TiedAlerts
from correlator.serve.routes.alerts import SCHEMAS, Webhook, alerts_router, webhook_router


@dataclass(frozen=True, slots=True)
class AlertApi:
    """Alerts that were heard of, and the webhook by which they come."""

    alerts: TiedAlerts
    webhook: Webhook
    body_timeout_s: float

    def install(self, app: FastAPI) -> None:
        """Add the routes."""
        app.include_router(alerts_router(self.alerts))
        app.include_router(webhook_router(self.webhook, self.body_timeout_s))

    def components(self) -> dict[str, Any]:
        """The schemas of what is sent here, for the OpenAPI document."""
        return dict(self.webhook.json_schemas(SCHEMAS)[1])
