"""The API's answers as model values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from correlator.cli.alert_lines import AlertList
from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.slo.answers import BudgetAnswer, BurnRatesAnswer, SloList
from correlator.cli.workflow_status import WorkflowAnswer
from correlator.model.finding import Finding
from correlator.model.incident import Incident
from correlator.model.propagation import Propagation
from correlator.model.story import StorySummary
from correlator.model.trace import Trace

if TYPE_CHECKING:
    from correlator.slo.report import ObjectiveReport, Overview

TIMEOUT_S: Final = 30.0
SILENCE_S: Final = 300.0  # of an event stream: far above its heartbeat, 15 s by default
DIRECT: Final = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
"""A proxy that the environment names is for other machines: this one's engine is asked directly."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What the API said: as a value, and as the JSON it came in."""

    value: T
    json: bytes


@dataclass(frozen=True, slots=True)
class IncidentList:
    """One page of incidents."""

    incidents: tuple[Incident, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class StoryList:
    """Stories, newest first."""

    stories: tuple[StorySummary, ...]


class ApiClient:
    """Asks a running engine. Each call raises CommandFailed where the engine cannot be reached, or refuses."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self._http = httpx.Client(base_url=f"{self._url}/api/v1", headers=headers, timeout=TIMEOUT_S, mounts=DIRECT)
        except (httpx.InvalidURL, UnicodeEncodeError) as error:
            raise CommandFailed(f"--api {url!r} is no URL: {error}", ExitCode.WRONG_USE) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def trace(self, trace_id: str, *, story: bool = True) -> Answer[Trace]:
        """The trace of that id with its whole story, or alone."""
        return self._get(f"/traces/{quote(trace_id, safe='')}", Trace, {} if story else {"story": "false"})

    def stories(self, query: Mapping[str, str]) -> Answer[StoryList]:
        """The stories of an execution_id (and workflow_id) or a job_id."""
        return self._get("/stories", StoryList, query)

    def propagation(self, query: Mapping[str, str]) -> Answer[Propagation]:
        """How often trace context arrived; `from` and `to` as the API reads times."""
        return self._get("/propagation", Propagation, query)

    def trace_root_cause(self, trace_id: str) -> Answer[Finding]:
        """What failed first in a trace."""
        return self._get(f"/traces/{quote(trace_id, safe='')}/root-cause", Finding)

    def incident(self, key: str) -> Answer[Incident]:
        """The incident of that key."""
        return self._get(f"/incidents/{quote(key, safe='')}", Incident)

    def incident_root_cause(self, key: str) -> Answer[Finding]:
        """Why an incident happened."""
        return self._get(f"/incidents/{quote(key, safe='')}/root-cause", Finding)

    def incident_alerts(self, key: str) -> Answer[AlertList]:
        """The alerts that are of an incident."""
        return self._get(f"/incidents/{quote(key, safe='')}/alerts", AlertList)

    def incidents(self, state: str | None = None, limit: int = 100) -> Answer[IncidentList]:
        """The newest incidents."""
        return self._get("/incidents", IncidentList, {"limit": limit} | ({"state": state} if state else {}))

    def workflow_status(self, workflow_id: str) -> Answer[WorkflowAnswer]:
        """The latest executions of a workflow."""
        return self._get(f"/status/{quote(workflow_id, safe='')}", WorkflowAnswer)

    def slos(self, query: Mapping[str, str]) -> Iterator[Answer[SloList]]:
        """All pages of objectives; `service` and `at` as the API reads them."""
        cursor: dict[str, str] = {}
        while True:
            page = self._get("/slos", SloList, {"limit": "1000"} | dict(query) | cursor)
            yield page
            if page.value.next_cursor is None:
                return
            cursor = {"cursor": page.value.next_cursor}

    def slo_burn_rates(self, objective_id: str, query: Mapping[str, str]) -> Answer[BurnRatesAnswer]:
        """How fast its error budget goes; `at` as the API reads times."""
        return self._get(f"/slos/{quote(objective_id, safe='')}/burn-rates", BurnRatesAnswer, query)

    def slo_report(self, objective_id: str, query: Mapping[str, str]) -> "ObjectiveReport":
        """The report on an objective over a `period` and `of`, or `from` and `to`."""
        from correlator.slo.report import ObjectiveReport  # brings numpy, which no other command needs

        return self._get(f"/slos/{quote(objective_id, safe='')}/report", ObjectiveReport, query).value

    def slo_report_overview(self, query: Mapping[str, str]) -> "Overview":
        """A line for each objective, over such a range."""
        from correlator.slo.report import Overview

        return self._get("/slos/report", Overview, query).value

    def slo_budget(self, objective_id: str, query: Mapping[str, str]) -> Answer[BudgetAnswer]:
        """What is left of its error budget; `at` as the API reads times."""
        return self._get(f"/slos/{quote(objective_id, safe='')}/budget", BudgetAnswer, query)

    def event_lines(self, topic: str, last_event_id: int | None) -> Iterator[str]:
        """The lines of the event stream until either side ends it."""
        headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
        timeout = httpx.Timeout(TIMEOUT_S, read=SILENCE_S)
        try:
            with self._http.stream(
                "GET", "/events", params={"topic": topic}, headers=headers, timeout=timeout
            ) as stream:
                if stream.status_code != HTTPStatus.OK:
                    stream.read()
                    raise self._refused(stream)
                yield from stream.iter_lines()
        except httpx.TransportError as error:
            raise self._unreachable(str(error)) from error

    def _get(self, path: str, kind: type[T], query: Mapping[str, Any] | None = None) -> Answer[T]:
        try:
            response = self._http.get(path, params=query)
        except httpx.UnsupportedProtocol as error:
            raise CommandFailed(
                f"--api {self._url!r} is no URL; write it as http://127.0.0.1:7070", ExitCode.WRONG_USE
            ) from error
        except httpx.TransportError as error:
            raise self._unreachable(str(error)) from error
        if response.status_code != HTTPStatus.OK:
            raise self._refused(response)
        try:
            return Answer(msgspec.json.decode(response.content, type=kind), response.content)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise self._unreachable(f"what answers there is no correlator of this version ({error})") from error

    def _unreachable(self, reason: str) -> CommandFailed:
        return CommandFailed(
            f"no engine at {self._url}: {reason}. Start one with `correlator serve`, or name it with --api URL",
            ExitCode.CANNOT_REACH,
        )

    def _refused(self, response: httpx.Response) -> CommandFailed:
        detail = _detail(response)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return CommandFailed(detail, ExitCode.FOUND_PROBLEM)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            return CommandFailed(
                f"the engine at {self._url} asks for a token: set CORRELATOR_API_TOKEN", ExitCode.WRONG_USE
            )
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            return CommandFailed(f"the engine at {self._url} is busy: {detail}", ExitCode.CANNOT_REACH)
        if response.is_client_error:
            return CommandFailed(detail, ExitCode.WRONG_USE)
        if response.is_server_error:
            return CommandFailed(
                f"the engine at {self._url} cannot answer now ({response.status_code}): {detail}", ExitCode.CANNOT_REACH
            )
        return self._unreachable(f"it answers {response.status_code}: {detail}")


def _detail(response: httpx.Response) -> str:
    try:
        return str(msgspec.json.decode(response.content, type=dict[str, Any])["detail"])
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError):
        return response.reason_phrase or "no reason given"
