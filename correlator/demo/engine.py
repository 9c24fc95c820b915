"""Asks the engine, over its HTTP API, what it found."""

import time
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec

from correlator.errors import CorrelatorError
from correlator.model.finding import Finding

SETTLE_S: Final = 30.0
"""Bound for the whole trace to arrive and be explained; it takes about a second."""
INCIDENT_S: Final = 10.0
POLL_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class EngineAddresses:
    """Base URLs of a running engine, without a slash at the end: its OTLP/HTTP door and its API."""

    otlp_http: str
    api: str


class NoExplanation(CorrelatorError):
    """The engine did not explain the trace in time."""


class EngineClient:
    """The few calls that the demo makes to the engine's API."""

    def __init__(self, client: httpx.Client, api: str) -> None:
        self._client = client
        self._api = api

    def await_finding(self, trace_id: str, services: frozenset[str], within_s: float = SETTLE_S) -> Finding:
        """The engine's answer for a trace, once spans of all `services` are there and two answers in a row are the same.

        Raises NoExplanation after `within_s`.
        """
        deadline = time.monotonic() + within_s
        previous: tuple[int, Finding] | None = None
        missing = services
        while time.monotonic() < deadline:
            missing, answer = self._answer(trace_id, services)
            if answer is not None and not missing and answer == previous:
                return answer[1]
            previous = answer
            time.sleep(POLL_S)
        raise NoExplanation(
            f"the engine at {self._api} did not explain trace {trace_id} within {within_s:g} s; "
            + (f"no spans came from {', '.join(sorted(missing))}" if missing else "its answer kept changing")
        )

    def await_incident_key(self, trace_id: str, within_s: float = INCIDENT_S) -> str | None:
        """Key of the incident that the trace belongs to; None when there is none after `within_s`."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            incidents = (self._get("/api/v1/incidents") or {}).get("incidents", [])
            found = next((incident for incident in incidents if trace_id in incident["trace_ids"]), None)
            if found is not None:
                return str(found["key"])
            time.sleep(POLL_S)
        return None

    def _answer(self, trace_id: str, services: frozenset[str]) -> tuple[frozenset[str], tuple[int, Finding] | None]:
        """Services without a span yet, and (spans, finding) as they are now, where there is any."""
        trace = self._get(f"/api/v1/traces/{trace_id}")
        if trace is None:
            return services, None
        missing = services - {span["service_name"] for span in trace["spans"]}
        finding = self._get(f"/api/v1/traces/{trace_id}/root-cause")
        if finding is None:
            return missing, None
        return missing, (len(trace["spans"]), msgspec.convert(finding, Finding))

    def _get(self, path: str) -> dict[str, Any] | None:
        """The answer's JSON; None where there is nothing yet (404)."""
        try:
            response = self._client.get(self._api + path)
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            return dict(response.raise_for_status().json())
        except httpx.HTTPError as error:
            raise NoExplanation(f"the engine's API failed at {self._api}{path}: {error}") from error
