"""Prints what the engine found: it says nothing that the engine did not say."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from correlator.console import finding_view
from correlator.model.finding import Finding

PROGRAM: Final = "correlator"
EVIDENCE_SHOWN: Final = 4
"""Of the cause, strongest first: the demo's answer fits one screen, `correlator explain` shows all."""


def print_report(out: Console, finding: Finding, trace_id: str) -> None:
    """The finding as the command line shows it, cut to one screen."""
    out.print(finding_view(_concise(finding), f"trace {trace_id}"))


def print_commands(out: Console, incident_key: str | None, *, trace_id: str, api: str, is_ending: bool = False) -> None:
    """How to see the same while the engine is up. `api` is its base URL; `is_ending` says that it will not be for long."""
    heading = "See it yourself: without --once the engine stays up for" if is_ending else "See it yourself"
    out.print(Text(f"\n{heading}", style="bold"))
    for command in _commands(incident_key, trace_id, api):
        out.print(Text(f"  {command}"), soft_wrap=True)


def _concise(finding: Finding) -> Finding:
    shown = tuple(replace(each, evidence=each.evidence[:EVIDENCE_SHOWN]) for each in finding.candidates[:1])
    return replace(finding, candidates=shown)


def _commands(incident_key: str | None, trace_id: str, api: str) -> Iterator[str]:
    yield f"{_program()} explain {trace_id} --api {api}"
    yield f"{_program()} trace {trace_id} --api {api}"
    yield f"{_program()} slo status --api {api}"
    yield f"curl {api}/api/v1/traces/{trace_id}/root-cause"
    if incident_key is not None:
        yield f"curl {api}/api/v1/incidents/{incident_key}"


def _program() -> str:
    """`correlator` where the shell finds it, else as this process was called: `.venv/bin/correlator` under make."""
    return PROGRAM if shutil.which(PROGRAM) or Path(sys.argv[0]).name != PROGRAM else sys.argv[0]
