"""Prints what the engine found: it says nothing that the engine did not say."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from rich.console import Console
from rich.text import Text

from correlator.console import finding_view
from correlator.model.finding import Finding

EVIDENCE_SHOWN: Final = 4
"""Of the cause, strongest first: the demo's answer fits one screen, `correlator explain` shows all."""


def print_report(out: Console, finding: Finding, incident_key: str | None, *, trace_id: str, api: str) -> None:
    """The finding as the command line shows it, cut to one screen, and how to see the same. `api` is a base URL."""
    out.print(finding_view(_concise(finding), f"trace {trace_id}"))
    out.print(Text("\nSee it yourself", style="bold"))
    for command in _commands(incident_key, trace_id, api):
        out.print(Text(f"  {command}"), soft_wrap=True)


def _concise(finding: Finding) -> Finding:
    shown = tuple(replace(each, evidence=each.evidence[:EVIDENCE_SHOWN]) for each in finding.candidates[:1])
    return replace(finding, candidates=shown)


def _commands(incident_key: str | None, trace_id: str, api: str) -> Iterator[str]:
    yield f"correlator explain {trace_id} --api {api}"
    yield f"correlator trace {trace_id} --api {api}"
    yield f"curl {api}/api/v1/traces/{trace_id}/root-cause"
    if incident_key is not None:
        yield f"curl {api}/api/v1/incidents/{incident_key}"
