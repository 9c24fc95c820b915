"""Kibana's saved objects and alerting APIs, as far as an import needs them.

POST /api/saved_objects/_export                  what is at our ids
POST /api/saved_objects/_import?overwrite=true   multipart, one file named *.ndjson
GET, POST /api/alerting/rule/{id}                an alert
"""

import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, NoReturn, Self

import httpx

from correlator.cli.api_client import DIRECT
from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.kibana.shipped import Key

TIMEOUT_S: Final = 60.0  # an import creates some dozen documents and waits until they can be searched
SHOWN: Final = 300  # characters of what Kibana said
PRIVILEGES: Final = "All on Saved Objects Management, and on Stack Rules for --alerts,"


@dataclass(frozen=True, slots=True)
class KibanaPlace:
    """A space of a Kibana, and what proves who asks: an API key (`encoded`), or a user and a password, or neither."""

    url: str
    space: str = "default"
    api_key: str | None = field(default=None, repr=False)
    user: tuple[str, str] | None = field(default=None, repr=False)
    trust: ssl.SSLContext | None = None

    @property
    def base(self) -> str:
        """The default space has no path of its own."""
        return self.url if self.space == "default" else f"{self.url}/s/{self.space}"


class KibanaClient:
    """Asks one Kibana. Each call raises CommandFailed where it cannot be reached, refuses, or answers what is none."""

    def __init__(self, place: KibanaPlace) -> None:
        self._place = place
        headers = {"kbn-xsrf": "true"} | ({"Authorization": f"ApiKey {place.api_key}"} if place.api_key else {})
        self._http = httpx.Client(
            base_url=place.base,
            headers=headers,
            auth=place.user,
            timeout=TIMEOUT_S,
            mounts=DIRECT,
            verify=place.trust or True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def existing(self, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
        """Those of the saved objects that are there. Changes nothing."""
        wanted = list(keys)
        answer = self._export(wanted)
        missing = _missing(answer)
        if missing:
            wanted = [key for key in wanted if key not in missing]
            if not wanted:
                return {}
            answer = self._export(wanted)
        found = [json.loads(line) for line in self._done(answer).text.splitlines()]
        return {(each["type"], each["id"]): each for each in found}

    def import_objects(self, ndjson: bytes) -> dict[str, Any]:
        """Make or replace all objects of the file; Kibana's own answer, which tells of each."""
        files = {"file": ("correlator.ndjson", ndjson, "application/ndjson")}
        answer = self._ask("POST", "/api/saved_objects/_import", params={"overwrite": "true"}, files=files)
        return _body(self._done(answer))

    def has_alert(self, alert_id: str) -> bool:
        """Whether there is one of that id."""
        answer = self._ask("GET", f"/api/alerting/rule/{alert_id}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return False
        self._done(answer)
        return True

    def make_alert(self, alert_id: str, body: Mapping[str, Any]) -> None:
        """Make an alert that is not there."""
        self._done(self._ask("POST", f"/api/alerting/rule/{alert_id}", json=body))

    def _export(self, keys: Iterable[Key]) -> httpx.Response:
        objects = [{"type": kind, "id": name} for kind, name in keys]
        body = {"objects": objects, "includeReferencesDeep": False, "excludeExportDetails": True}
        return self._ask("POST", "/api/saved_objects/_export", json=body)

    def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **given)
        except (httpx.TransportError, httpx.UnsupportedProtocol) as error:
            raise CommandFailed(
                f"no Kibana at {self._place.url}: {error}. Start it, or name it with --url URL", ExitCode.CANNOT_REACH
            ) from error

    def _done(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code != HTTPStatus.OK:
            self._refuse(answer)
        return answer

    def _refuse(self, answer: httpx.Response) -> NoReturn:
        """Raise what Kibana's refusal means."""
        status, said = answer.status_code, _said(answer)
        where = f"Kibana at {self._place.url}"
        if status == HTTPStatus.UNAUTHORIZED or answer.is_redirect:
            remedy = "set kibana.api_key_file, or kibana.user and kibana.password_file"
            raise CommandFailed(f"{where} does not know who asks: {remedy}", ExitCode.WRONG_USE)
        if status == HTTPStatus.FORBIDDEN:
            remedy = f"the key or user needs {PRIVILEGES} in the space {self._place.space!r}"
            raise CommandFailed(f"{where} forbids it: {said}; {remedy}", ExitCode.WRONG_USE)
        if status == HTTPStatus.NOT_FOUND:
            remedy = "is --url Kibana's own, with its basePath, and is there such a space?"
            raise CommandFailed(f"{where} has no space {self._place.space!r}: {said}; {remedy}", ExitCode.WRONG_USE)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise CommandFailed(f"{where} cannot now ({status}): {said}; try again later", ExitCode.CANNOT_REACH)
        remedy = "is --url Kibana's own, and of 8.19 or later?"
        raise CommandFailed(f"{where} refuses the request ({status}): {said}; {remedy}", ExitCode.FOUND_PROBLEM)


def _missing(answer: httpx.Response) -> frozenset[Key]:
    """Those that an export did not find; empty where it went well, or was refused for anything else."""
    if answer.status_code != HTTPStatus.BAD_REQUEST:
        return frozenset()
    objects = _body(answer).get("attributes", {}).get("objects", [])
    if any(each.get("error", {}).get("statusCode") != HTTPStatus.NOT_FOUND for each in objects):
        return frozenset()
    return frozenset((each["type"], each["id"]) for each in objects)


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise CommandFailed(
            f"{answer.url} answered no JSON: {_said(answer)}; is --url Kibana's own?", ExitCode.CANNOT_REACH
        )
    return body


def _said(answer: httpx.Response) -> str:
    try:
        body = answer.json()
        said = str(body["message"]) if isinstance(body, dict) and "message" in body else answer.text
    except ValueError:
        said = answer.text
    return " ".join(said.split())[:SHOWN] or answer.reason_phrase
