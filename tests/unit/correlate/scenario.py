"""Reads the stories in tests/scenarios/error_chain and root_cause (the READMEs have the format) and writes chains the way they do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from correlator import semconv
from correlator.model.error_chain import ErrorChain, ErrorLink
from correlator.model.span import LogRecord, Span
from tests.unit.correlate.story import log, span

SCENARIOS = Path(__file__).parents[2] / "scenarios"
KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5, "workflow": 1, "node": 1}
SPAN_NAMES = {"workflow": semconv.N8N_WORKFLOW_SPAN, "node": semconv.N8N_NODE_SPAN}
NAMED_BY = {"workflow": semconv.N8N_WORKFLOW_NAME, "node": semconv.N8N_NODE_NAME}
ATTRIBUTES = {
    "method": semconv.HTTP_REQUEST_METHOD,
    "route": semconv.HTTP_ROUTE,
    "http": semconv.HTTP_RESPONSE_STATUS_CODE,
    "grpc": semconv.RPC_GRPC_STATUS_CODE,
    "host": semconv.SERVER_ADDRESS,
    "queue": semconv.MESSAGING_DESTINATION_NAME,
    "url": semconv.URL_FULL,
    "peer": semconv.PEER_SERVICE,
    "mode": semconv.N8N_EXECUTION_MODE,
    "execution": semconv.N8N_EXECUTION_ID,
    "status": semconv.N8N_EXECUTION_STATUS,
    "termination_reason": semconv.N8N_NODE_TERMINATION_REASON,
}
STATUSES = {"OK": semconv.STATUS_OK, "ERROR": semconv.STATUS_ERROR}
SEVERITIES = {"WARN": semconv.SEVERITY_WARN, "ERROR": semconv.SEVERITY_ERROR}

SPAN_LINE = re.compile(
    r'(?P<service>\S+) (?P<kind>\w+) "(?P<name>[^"]+)" (?P<start>\d+)\.\.(?P<end>\d+)(?P<words>(?: [^\s!-]\S*)*)'
    r"(?: ! (?P<type>\w+): (?P<raised>.+)| - (?P<message>.+))?"
)
LOG_LINE = re.compile(
    r"(?:(?P<service>\S+) )?log (?P<at>\d+) (?P<level>\w+) (?:execution=(?P<execution>\S+) )?"
    r"(?:! (?P<type>\w+): (?P<raised>.+)|(?P<body>.+))"
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Spans and logs as told, and the chains expected of them as text."""

    spans: tuple[Span, ...]
    logs: tuple[LogRecord, ...]
    expected: tuple[str, ...]


def scenario_names(folder: str = "error_chain") -> list[str]:
    return sorted(path.stem for path in (SCENARIOS / folder).glob("*.txt"))


def read_scenario(name: str, folder: str = "error_chain") -> Scenario:
    told, expected = (SCENARIOS / folder / f"{name}.txt").read_text().split("=>\n")
    spans: list[Span] = []
    logs: list[LogRecord] = []
    above: list[tuple[int, str, str]] = []  # indent, label and service of the spans that a line may lie below
    for number, line in enumerate(told.splitlines()):
        indent, text = len(line) - len(line.lstrip()), line.strip()
        if not text or text.startswith("#"):
            continue
        above = [entry for entry in above if entry[0] < indent]
        if match := LOG_LINE.fullmatch(text):
            logs.append(_log(match, above[-1][1:] if above else None))
            continue
        label = _label(text, number)
        spans.append(_span(text, label, above[-1][1] if above else None))
        above.append((indent, label, spans[-1].service_name))
    return Scenario(tuple(spans), tuple(logs), tuple(expected.splitlines()))


def _log(match: re.Match[str], above: tuple[str, str] | None) -> LogRecord:
    """A record of the span above it, which has that label and service; of none where it names its own service."""
    on, service = above if above is not None and match["service"] is None else (None, match["service"])
    told = {semconv.EXCEPTION_TYPE: match["type"], semconv.EXCEPTION_MESSAGE: match["raised"]} if match["type"] else {}
    execution = {semconv.N8N_EXECUTION_ID: match["execution"]} if match["execution"] else {}
    return log(
        match["body"] or "",
        service,
        on=on,
        at=int(match["at"]),
        severity=SEVERITIES[match["level"]],
        attributes=told | execution,
    )


def chain_text(chain: ErrorChain) -> str:
    """A chain in one line, as the stories have it."""
    links = [_link_text(link, index == chain.cause) for index, link in enumerate(chain.links)]
    arrows = [" ~> " if _points_at_an_echo(chain, index) else " -> " for index in range(len(links) - 1)]
    way = "".join(part for pair in zip(links, [*arrows, ""], strict=True) for part in pair)
    return f"{chain.effect}: {way}" + (f" ?? {chain.unseen_callee}" if chain.unseen_callee else "")


def _points_at_an_echo(chain: ErrorChain, index: int) -> bool:
    """The arrow between two links is that of the outer one; inward of the cause, that of the inner one."""
    return chain.links[index if index < chain.cause else index + 1].is_echo


def _link_text(link: ErrorLink, is_cause: bool) -> str:
    return f'{link.service_name} "{link.operation}"' + (" *" if is_cause else "")


def _label(text: str, number: int) -> str:
    label = re.search(r" @(\w+)", text)
    return label[1] if label else f"line{number}"


def _span(text: str, label: str, parent: str | None) -> Span:
    match = SPAN_LINE.fullmatch(text)
    assert match is not None, f"{text!r} is no span; tests/scenarios/error_chain/README.md has the format"
    words = match["words"].split()
    given = dict(word.split("=", 1) for word in words if "=" in word)
    return span(
        label,
        match["service"],
        parent=parent,
        name=SPAN_NAMES.get(match["kind"], match["name"]),
        kind=KINDS[match["kind"]],
        start=int(match["start"]),
        end=int(match["end"]),
        status=next((STATUSES[word] for word in words if word in STATUSES), _status(match["message"])),
        message=match["message"] or "",
        raised=(match["type"], match["raised"]) if match["type"] else None,
        attributes=_attributes(match["kind"], match["name"], given),
        links=tuple(word[2:] for word in words if word.startswith("<@")),
        role=given.get("role", "main"),
    )


def _status(message: str | None) -> int:
    return semconv.STATUS_ERROR if message else semconv.STATUS_UNSET


def _attributes(kind: str, name: str, given: dict[str, str]) -> dict[str, Any]:
    attributes: dict[str, Any] = {ATTRIBUTES[key]: value for key, value in given.items() if key in ATTRIBUTES}
    if kind in NAMED_BY:
        attributes[NAMED_BY[kind]] = name
    if kind == "node":
        attributes[semconv.N8N_NODE_TYPE] = f"n8n-nodes-base.{given.get('type', 'httpRequest')}"
    return attributes


def arrivals(scenario: Scenario) -> Iterable[tuple[tuple[Span, ...], tuple[LogRecord, ...]]]:
    """The scenario's records as told, and backwards."""
    yield scenario.spans, scenario.logs
    yield scenario.spans[::-1], scenario.logs[::-1]
