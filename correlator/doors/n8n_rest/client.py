"""n8n's public API, asked with care: a bounded rate, bounded answers, and a value for every way to fail."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import httpx
import msgspec
import stamina

from correlator.doors.n8n_rest.document import Listed, read_listed
from correlator.doors.network_words import network_words
from correlator.errors import SettingsError

PAGE_ROWS: Final = 250  # the most that n8n gives
ATTEMPTS: Final = 3  # of one request that n8n answered with 5xx or 429; what lasts longer is the loop's to wait for
LONGEST_WAIT_S: Final = 2.0  # of one attempt
_API: Final = "/api/v1/executions"


class Reason(StrEnum):
    """Why n8n gave no answer."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NO_KEY = "no_key"
    NOT_FOUND = "not_found"
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    TOO_LARGE = "too_large"
    BAD_REQUEST = "bad_request"
    NOT_N8N = "not_n8n"


REMEDIES: Final = {
    Reason.UNREACHABLE: "is n8n running, and is n8n.base_url right?",
    Reason.TIMEOUT: "n8n is slow; raise n8n.timeout or lower n8n.requests_per_second",
    Reason.UNAUTHORIZED: "make a key in n8n (Settings, n8n API) and write it to n8n.api_key_file",
    Reason.FORBIDDEN: "give the key the scopes execution:list and execution:read",
    Reason.NO_KEY: "set n8n.api_key_file",
    Reason.NOT_FOUND: "is n8n.base_url right, and n8n's public API not disabled (N8N_PUBLIC_API_DISABLED)?",
    Reason.THROTTLED: "lower n8n.requests_per_second",
    Reason.SERVER_ERROR: "look into n8n's log",
    Reason.BAD_REQUEST: "is n8n older than 2.19? then update it",
    Reason.NOT_N8N: "n8n.base_url must be where n8n's editor is, without a path of its API, and not redirect",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that did not come. `detail` holds no secret and nothing of a body."""

    reason: Reason
    detail: str
    retry_after_s: float | None = None

    @property
    def remedy(self) -> str:
        return REMEDIES.get(self.reason, "")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list, by id descending. `next_cursor` is None on the last page."""

    rows: tuple[Listed, ...]
    next_cursor: str | None


class Pace:
    """At most `per_second` requests a second."""

    def __init__(self, per_second: float) -> None:
        self._interval_s = 1 / per_second
        self._next = time.monotonic()

    def wait(self) -> None:
        """Sleep until the next request may be sent."""
        delay_s = self._next - time.monotonic()
        if delay_s > 0:
            time.sleep(delay_s)
        self._next = max(self._next, time.monotonic()) + self._interval_s


class N8nClient:
    """Asks one n8n; for one thread. `read_key` gives the API key anew for each request, so that it may be changed in its file."""

    def __init__(
        self,
        base_url: str,
        read_key: Callable[[], str],
        *,
        timeout_s: float = 10.0,
        requests_per_second: float = 10.0,
        max_bytes: int = 16 * 2**20,
        count: Callable[[str], None] = lambda answer: None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._read_key = read_key
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._pace = Pace(requests_per_second)
        self._count = count
        # No proxies or netrc from the environment: the key goes where the settings say, and nowhere else.
        headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "correlator"}
        self._http = httpx.Client(timeout=timeout_s, trust_env=False, follow_redirects=False, headers=headers)

    def close(self) -> None:
        self._http.close()

    def page(self, status: str | None = None, cursor: str | None = None) -> Page | Refusal:
        """A page of the list, of one status or of all that n8n shows (which leaves out running ones)."""
        asked = {"limit": str(PAGE_ROWS), "includeData": "false", "status": status, "cursor": cursor}
        answer = self._get(_API, {key: value for key, value in asked.items() if value is not None})
        if isinstance(answer, Refusal):
            return answer
        rows, next_cursor = answer.get("data"), answer.get("nextCursor")
        if not isinstance(rows, list) or not (next_cursor is None or isinstance(next_cursor, str)):
            return Refusal(Reason.NOT_N8N, "the list of executions has no data")
        return Page(tuple(row for row in map(read_listed, rows) if row is not None), next_cursor or None)

    def execution(self, execution_id: str, *, include_data: bool) -> Mapping[str, Any] | Refusal:
        """One execution's document."""
        return self._get(f"{_API}/{execution_id}", {"includeData": "true" if include_data else "false"})

    def _get(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any] | Refusal:
        """The JSON object answered, after up to ATTEMPTS where n8n asked for patience."""
        try:
            for attempt in stamina.retry_context(
                on=_wait_before_next, attempts=ATTEMPTS, wait_initial=0.2, wait_max=LONGEST_WAIT_S, wait_jitter=0.3
            ):
                with attempt:
                    return self._ask(path, query)
        except _Impatient as impatient:
            return impatient.refusal
        raise AssertionError("stamina returns or raises")

    def _ask(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any] | Refusal:
        """One request. Raises _Impatient for what may pass by itself soon."""
        self._pace.wait()
        try:
            answer = self._send(path, query, self._read_key())
        except SettingsError as error:
            answer = Refusal(Reason.NO_KEY, str(error))
        except httpx.TimeoutException:
            answer = Refusal(Reason.TIMEOUT, f"no answer within {self._timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # not its text: it may quote a header
            answer = Refusal(Reason.UNREACHABLE, network_words(error))
        self._count(answer.reason if isinstance(answer, Refusal) else "ok")
        if isinstance(answer, Refusal) and answer.reason in (Reason.SERVER_ERROR, Reason.THROTTLED):
            raise _Impatient(answer)
        return answer

    def _send(self, path: str, query: Mapping[str, str], key: str) -> Mapping[str, Any] | Refusal:
        until = time.monotonic() + self._timeout_s
        headers = {"X-N8N-API-KEY": key}
        with self._http.stream("GET", self._base_url + path, params=query, headers=headers) as response:
            if response.status_code != httpx.codes.OK:
                return _refused(response)
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > self._max_bytes:
                    return Refusal(Reason.TOO_LARGE, f"an answer of more than {self._max_bytes} bytes")
                if time.monotonic() > until:
                    return Refusal(Reason.TIMEOUT, f"no whole answer within {self._timeout_s:g} s")
        return _object(bytes(body))


class _Impatient(Exception):
    """What may be gone at the next attempt."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def _wait_before_next(error: Exception) -> bool | float:
    """Whether to try again at once; seconds where n8n names them. A longer wait is the loop's."""
    if not isinstance(error, _Impatient):
        return False
    asked_s = error.refusal.retry_after_s
    return True if asked_s is None else asked_s if asked_s <= LONGEST_WAIT_S else False


def _refused(response: httpx.Response) -> Refusal:
    code = response.status_code
    detail = f"HTTP {code}"
    if response.is_redirect:
        return Refusal(Reason.NOT_N8N, f"{detail}, a redirect")
    known = {400: Reason.BAD_REQUEST, 401: Reason.UNAUTHORIZED, 403: Reason.FORBIDDEN, 404: Reason.NOT_FOUND}
    if code == httpx.codes.TOO_MANY_REQUESTS:
        return Refusal(Reason.THROTTLED, detail, _retry_after_s(response))
    if code >= 500:
        return Refusal(Reason.SERVER_ERROR, detail, _retry_after_s(response))
    return Refusal(known.get(code, Reason.NOT_N8N), detail)


def _retry_after_s(response: httpx.Response) -> float | None:
    """RFC 9110's delay in seconds; the form of a date is taken as none given."""
    told = response.headers.get("retry-after", "").strip()
    return float(told) if told.isascii() and told.isdigit() and len(told) < 6 else None


def _object(body: bytes) -> Mapping[str, Any] | Refusal:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Refusal(Reason.NOT_N8N, "the answer is no JSON")
    return answer if isinstance(answer, dict) else Refusal(Reason.NOT_N8N, "the answer is no JSON object")
