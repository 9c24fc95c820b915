"""Alertmanager's API: alerts are posted, all or none."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from exporters.delivery import TryAgain
from exporters.delivery.http_client import HttpClient
from exporters.delivery.retry_after import retry_after_s

TIMEOUT_S: Final = 3.0
"""Of one request. Alertmanager answers in milliseconds; the engine's stop waits for this."""
ANSWER_BYTES: Final = 0
"""Its body is not read: what counts is the status, and what is no Alertmanager may send without end."""


class AlertmanagerClient:
    """One Alertmanager. `read_token` gives its bearer token, anew for each request; empty where it needs none."""

    def __init__(self, url: str, read_token: Callable[[], str], ca_file: Path | None = None) -> None:
        self._read_token = read_token
        self._http = HttpClient(url, self._headers, TIMEOUT_S, ca_file)
        self.name = urlsplit(url).netloc

    def post(self, alerts: Sequence[dict[str, Any]]) -> None:
        """Returns once it has taken them. Raises TryAgain, with a reason that holds no secret."""
        content = msgspec.json.encode(alerts)
        answer = self._http.post("/api/v2/alerts", content, {"content-type": "application/json"}, ANSWER_BYTES)
        if answer.status != HTTPStatus.OK:
            asked_s = retry_after_s(answer.headers.get("retry-after", ""))
            raise TryAgain(f"answers {answer.status}; {_remedy(answer.status)}", asked_s)

    def close(self) -> None:
        self._http.close()

    def _headers(self) -> dict[str, str]:
        token = self._read_token()
        return {"Authorization": f"Bearer {token}"} if token else {}


def _remedy(status: int) -> str:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return "write its token into alertmanager.token_file"
    if status == HTTPStatus.NOT_FOUND:
        return "alertmanager.urls must be where its API's path /api/v2 begins"
    return "look into its log"
