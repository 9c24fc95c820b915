"""Prometheus's HTTP API, asked with care: bounded answers, little time, and a value for every way to fail."""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import httpx
import stamina

from correlator.doors.network_words import network_words
from correlator.doors.prometheus.document import Answer, NotAnAnswer, read_answer, read_error
from correlator.errors import SettingsError

MAX_POINTS: Final = 11_000
"""Of one series in a range query: Prometheus refuses more (web/api/v1, "exceeded maximum resolution")."""
ATTEMPTS: Final = 3  # of one request that was answered with 5xx or 429; what lasts longer is the next turn's
LONGEST_WAIT_S: Final = 1.0  # of one attempt
LONGEST_ERROR: Final = 65_536  # bytes of an error's body that are read
LONGEST_ANSWER: Final = 16 * 2**20
"""Bytes of an answer: 700,000 samples. Read, they take 20 times as much memory, and of several objectives at the same time."""


class Reason(StrEnum):
    """Why Prometheus gave no answer."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    UNAUTHORIZED = "unauthorized"
    NO_TOKEN = "no_token"
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    BAD_QUERY = "bad_query"
    TOO_LARGE = "too_large"
    NOT_PROMETHEUS = "not_prometheus"


REMEDIES: Final = {
    Reason.UNREACHABLE: "is it running, and is slo.prometheus_url right?",
    Reason.TIMEOUT: "record the query by a rule and ask for what it records, or raise slo.prometheus_timeout",
    Reason.UNAUTHORIZED: "write a token, or user:password, into slo.prometheus_token_file",
    Reason.NO_TOKEN: "make slo.prometheus_token_file readable",
    Reason.THROTTLED: "allow more requests",
    Reason.SERVER_ERROR: "look into its log",
    Reason.BAD_QUERY: "mend the objective's query",
    Reason.TOO_LARGE: "record the sum over its series by a rule and ask for that",
    Reason.NOT_PROMETHEUS: "slo.prometheus_url must be where its API's path /api/v1 begins, and not redirect",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that did not come. `detail` holds no secret; of a body, only what a Prometheus says of a query."""

    reason: Reason
    detail: str

    def __str__(self) -> str:
        return f"{self.detail}; {REMEDIES[self.reason]}"


class PrometheusClient:
    """Asks one Prometheus, or what speaks its API; from any thread. `read_token` gives a bearer token or `user:password`, anew for
    each request, so that it may be changed in its file; empty where none is needed."""

    def __init__(
        self, url: str, read_token: Callable[[], str], *, timeout_s: float = 10.0, max_bytes: int = LONGEST_ANSWER
    ) -> None:
        self._url = url.rstrip("/")
        self._read_token = read_token
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        # No proxies or netrc from the environment: the token goes where the settings say, and nowhere else.
        headers = {"accept": "application/json", "user-agent": "correlator"}
        self._http = httpx.Client(timeout=timeout_s, trust_env=False, follow_redirects=False, headers=headers)

    def close(self) -> None:
        self._http.close()

    def samples(self, selector: str, first_s: int, end_s: int) -> Answer | Refusal:
        """The samples themselves of what a selector finds, those in (first, end], unix seconds."""
        return self._ask("query", {"query": f"{selector}[{end_s - first_s}s]", "time": str(end_s)})

    def values(self, query: str, first_s: int, last_s: int, step_s: int) -> Answer | Refusal:
        """What a query gives at each step from first to last, both taken in, unix seconds; MAX_POINTS at most.

        A series without a sample shows its last one for five more minutes: Prometheus's lookback.
        """
        asked = {"query": query, "start": str(first_s), "end": str(last_s), "step": str(step_s)}
        return self._ask("query_range", asked)

    def _ask(self, path: str, asked: Mapping[str, str]) -> Answer | Refusal:
        """The answer, after up to ATTEMPTS where Prometheus asked for patience."""
        try:
            for attempt in stamina.retry_context(
                on=_Impatient, attempts=ATTEMPTS, wait_initial=0.1, wait_max=LONGEST_WAIT_S, wait_jitter=0.1
            ):
                with attempt:
                    return self._ask_once(path, asked)
        except _Impatient as impatient:
            return impatient.refusal
        raise AssertionError("stamina returns or raises")

    def _ask_once(self, path: str, asked: Mapping[str, str]) -> Answer | Refusal:
        """One request. Raises _Impatient for what may pass by itself soon."""
        try:
            answer = self._send(path, asked, _authorization(self._read_token()))
        except SettingsError as error:
            answer = Refusal(Reason.NO_TOKEN, str(error))
        except httpx.ConnectTimeout:
            answer = Refusal(Reason.UNREACHABLE, f"no connection within {self._timeout_s:g} s")
        except httpx.TimeoutException:
            answer = Refusal(Reason.TIMEOUT, f"no answer within {self._timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # not its text: it may quote a header
            answer = Refusal(Reason.UNREACHABLE, network_words(error))
        if isinstance(answer, Refusal) and answer.reason in (Reason.SERVER_ERROR, Reason.THROTTLED):
            raise _Impatient(answer)
        return answer

    def _send(self, path: str, asked: Mapping[str, str], headers: Mapping[str, str]) -> Answer | Refusal:
        until = time.monotonic() + self._timeout_s
        body = bytearray()
        with self._http.stream("POST", f"{self._url}/api/v1/{path}", data=asked, headers=headers) as response:
            is_error = response.status_code != httpx.codes.OK
            most = LONGEST_ERROR if is_error else self._max_bytes
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > most:
                    if is_error:
                        break
                    return Refusal(Reason.TOO_LARGE, f"an answer of more than {most} bytes")
                if time.monotonic() > until:
                    return Refusal(Reason.TIMEOUT, f"no whole answer within {self._timeout_s:g} s")
            if is_error:
                return _refused(response, read_error(bytes(body)))
        return _answer(bytes(body))


class _Impatient(Exception):
    """What may be gone at the next attempt."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def _authorization(token: str) -> Mapping[str, str]:
    """A bearer token holds no colon (RFC 6750), so one tells user and password apart."""
    if not token:
        return {}
    if ":" not in token:
        return {"authorization": f"Bearer {token}"}
    return {"authorization": f"Basic {base64.b64encode(token.encode()).decode()}"}


def _refused(response: httpx.Response, told: str) -> Refusal:
    code = response.status_code
    if code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return Refusal(Reason.UNAUTHORIZED, f"HTTP {code}")
    if code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY) and told:
        if "too many samples" in told:  # more than its --query.max-samples
            return Refusal(Reason.TOO_LARGE, told)
        return Refusal(Reason.BAD_QUERY, told)
    if code == httpx.codes.TOO_MANY_REQUESTS:
        return Refusal(Reason.THROTTLED, f"HTTP {code}")
    return Refusal(Reason.SERVER_ERROR if code >= 500 else Reason.NOT_PROMETHEUS, f"HTTP {code}")


def _answer(body: bytes) -> Answer | Refusal:
    try:
        return read_answer(body)
    except NotAnAnswer as error:
        return Refusal(Reason.NOT_PROMETHEUS, str(error))
