"""The Kibana that dashboards are imported into: reached, of a version that fits, well, and letting us into the space.

GET /api/status               how it does; its version only to who may see that
GET /api/spaces/space/{id}    whether it knows who asks
"""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from correlator.cli.api_client import DIRECT
from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.servers import ASK_S
from correlator.errors import SettingsError

if TYPE_CHECKING:
    from correlator.settings.kibana import KibanaSettings

NAME: Final = "kibana"
ACCESS: Final = "kibana access"
OLDEST: Final = (8, 19)  # whose saved objects ours are (docs/adr/0020)
VERDICTS: Final = {"available": Verdict.OK, "degraded": Verdict.WARN}
"""By Kibana's own word of its level; others are worse."""
NOT_KIBANA: Final = "is kibana.url Kibana's own, with its server.basePath?"


@dataclass(frozen=True, slots=True)
class _Level:
    level: str


@dataclass(frozen=True, slots=True)
class _Overall:
    overall: _Level


@dataclass(frozen=True, slots=True)
class _Version:
    number: str

    @property
    def is_enough(self) -> bool:
        parts = re.match(r"(\d+)\.(\d+)", self.number)
        return parts is not None and (int(parts[1]), int(parts[2])) >= OLDEST


@dataclass(frozen=True, slots=True)
class _Status:
    """Of the answer, what is looked at."""

    status: _Overall
    version: _Version | None = None


def check_kibana(settings: "KibanaSettings") -> Iterator[Check]:
    """Nothing where the settings have nothing of it: its URL has a default, for the command that imports."""
    if not settings.model_fields_set:
        return
    try:
        client = _client(settings)
    except SettingsError as error:
        yield Check(NAME, Verdict.FAIL, str(error), "correct it, and run doctor again")
        return
    if settings.is_secret_exposed:
        yield Check(NAME, Verdict.WARN, f"the secret goes to {settings.url} unencrypted", "use https://")
    with client:
        try:
            status = _status_check(settings.url, client.get("/api/status"))
            yield status
            if status.verdict is not Verdict.FAIL:
                yield _space_check(settings, client.get(f"/api/spaces/space/{settings.space}"))
        except httpx.HTTPError as error:  # not its text: it may quote a header
            seen = f"{settings.url} does not answer ({type(error).__name__})"
            yield Check(NAME, Verdict.FAIL, seen, "is it running, and are kibana.url and kibana.ca_file right?")


def _client(settings: "KibanaSettings") -> httpx.Client:
    """Raises SettingsError where a secret or the certificates cannot be read."""
    key = settings.read_api_key()
    try:
        trust = None if settings.ca_file is None else ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        file = f"kibana.ca_file = {str(settings.ca_file)!r}"
        raise SettingsError(f"{file}: {error}; name certificates as PEM") from error
    return httpx.Client(
        base_url=settings.url,
        headers={"Authorization": f"ApiKey {key}"} if key else {},
        auth=settings.read_user(),
        timeout=ASK_S,
        mounts=DIRECT,
        verify=trust or True,
    )


def _status_check(url: str, answer: httpx.Response) -> Check:
    try:
        told = msgspec.json.decode(answer.content, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Check(NAME, Verdict.FAIL, f"{url} answers {answer.status_code}, and no status of Kibana's", NOT_KIBANA)
    level = told.status.overall.level
    verdict = VERDICTS.get(level, Verdict.FAIL)
    seen = f"{url} is {level}, " + (f"version {told.version.number}" if told.version else "its version is not shown")
    if verdict is not Verdict.OK:
        return Check(NAME, verdict, seen, "its page /status and its log say what is not well")
    if told.version and not told.version.is_enough:
        return Check(NAME, Verdict.FAIL, seen, f"use Kibana {'.'.join(map(str, OLDEST))} or newer")
    return Check(NAME, Verdict.OK, seen)


def _space_check(settings: "KibanaSettings", answer: httpx.Response) -> Check:
    status, space = answer.status_code, f"space {settings.space!r}"
    if status == HTTPStatus.OK:
        return Check(ACCESS, Verdict.OK, f"{space} is open to who asks")
    if status == HTTPStatus.UNAUTHORIZED or answer.is_redirect:
        return Check(ACCESS, Verdict.FAIL, "it does not know who asks", _proof_remedy(settings))
    remedies: dict[int, str] = {
        HTTPStatus.FORBIDDEN: "give the key or user All on Saved Objects Management in that space",
        HTTPStatus.NOT_FOUND: "correct kibana.space",
    }
    return Check(ACCESS, Verdict.FAIL, f"{space}: it answers {status}", remedies.get(status, NOT_KIBANA))


def _proof_remedy(settings: "KibanaSettings") -> str:
    file = settings.api_key_file or settings.password_file
    if file is None:
        return "set kibana.api_key_file, or kibana.user and kibana.password_file"
    return f"mend what is in {str(file)!r}: it is wrong, of another cluster, expired or revoked"
