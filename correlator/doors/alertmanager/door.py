"""The edge: a webhook is read, what is new in it recorded durably, and only then told to who lists alerts."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from correlator.doors.alertmanager.document import json_schemas
from correlator.doors.alertmanager.otlp import alerts_request
from correlator.doors.alertmanager.read import read_alerts
from correlator.errors import InvalidInput
from correlator.model.alert import Alert
from correlator.pipeline.alerts.heard_alerts import HeardAlerts
from correlator.pipeline.record import Recorder


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A webhook that is durable: the alerts that it told of, and those of them of which something was new."""

    accepted: int
    new: int


class AlertmanagerDoor:
    """Takes Alertmanager's webhook. `json_schemas` describes its body."""

    def __init__(
        self,
        recorder: Recorder,
        heard: HeardAlerts,
        max_body_bytes: int,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self.max_body_bytes = max_body_bytes
        self._recorder = recorder
        self._heard = heard
        self._clock = clock_unix_nano

    def json_schemas(self, ref_template: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The schema of a body, and the schemas that it refers to by `ref_template` with `{name}`."""
        return json_schemas(ref_template)

    async def receive(self, body: bytes) -> Acceptance:
        """Returns once all is durable. Raises InvalidInput for what is no webhook, and what Recorder.submit raises.

        Read and written in threads: the event loop answers others meanwhile. Of two equal ones at the same time both may be recorded;
        they are read as one.
        """
        alerts = await asyncio.to_thread(read_alerts, body, self._clock())
        news = [alert for alert in alerts if not self._heard.is_known(alert)]
        if news:
            await self._record(news)
        return Acceptance(len(alerts), len(news))

    async def _record(self, alerts: list[Alert]) -> None:
        request = await asyncio.to_thread(lambda: alerts_request(alerts).SerializeToString())
        receipt = self._recorder.submit(request, "logs", "protobuf")
        if (await asyncio.shield(asyncio.wrap_future(receipt))).rejections:
            raise InvalidInput("an alert is over a limit of records; see limits. in the settings")
        self._heard.hear(*alerts)
