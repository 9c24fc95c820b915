"""Alertmanager's API: alerts are posted, all or none."""

import ssl
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from correlator.errors import SettingsError, Unavailable

TIMEOUT_S: Final = 3.0
"""Of one request. Alertmanager answers in milliseconds; the engine's stop waits for this."""


class AlertmanagerClient:
    """One Alertmanager. `read_token` gives its bearer token, anew for each request; empty where it needs none."""

    def __init__(self, url: str, read_token: Callable[[], str], ca_file: Path | None = None) -> None:
        self._read_token = read_token
        # No proxies or netrc from the environment: the token goes where the settings say, and nowhere else.
        verify = ssl.create_default_context(cafile=ca_file) if ca_file is not None else True
        self._http = httpx.Client(
            base_url=url, timeout=TIMEOUT_S, trust_env=False, follow_redirects=False, verify=verify
        )
        self.name = urlsplit(url).netloc

    def post(self, alerts: Sequence[dict[str, Any]]) -> None:
        """Returns once it has taken them. Raises Unavailable, with a reason that holds no secret."""
        try:
            # Its body is not read: what counts is the status, and what is no Alertmanager may send without end.
            with self._http.stream("POST", "/api/v2/alerts", json=alerts, headers=self._headers()) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # not its text: it may quote a header
            raise Unavailable(f"{self.name} does not answer ({type(error).__name__}); is it running?") from error
        except SettingsError as error:
            raise Unavailable(f"{self.name} cannot be told: {error}") from error
        if status != HTTPStatus.OK:
            raise Unavailable(f"{self.name} answers {status}; {_remedy(status)}")

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
