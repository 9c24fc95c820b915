"""What the demo prints is what the engine said."""

import io
from dataclasses import replace

from rich.console import Console

from correlator.demo.report import print_commands, print_report
from correlator.model.finding import Candidate, Evidence, Finding, PathStep, RuledOut

TRACE_ID = "c75856d6a6aee7611d18187826107a55"
API = "http://127.0.0.1:7070"
FINDING = Finding(
    summary="worker failed first in render: [TemplateFieldMissing] broke.",
    abstained=False,
    candidates=(
        Candidate(
            component="worker",
            operation="render",
            system="worker",
            kind="exception",
            score=1.0,
            confidence=0.93,
            fingerprint="e1-0",
            error_type="TemplateFieldMissing",
            message="broke",
            evidence=(
                Evidence("exception", "worker render", "TemplateFieldMissing: [broke]"),
                Evidence("timing", "worker render", "5", expected="2", unit="ms"),
            ),
            path=(
                PathStep("n8n", "lab-bridge-500", "n8n", "01", "victim"),
                PathStep("bridge", "POST /jobs/fail", "bridge", "02", "passed_through"),
                PathStep("worker", "render", "worker", "03", "cause"),
            ),
        ),
    ),
    ruled_out=(RuledOut("bridge", "POST /jobs/fail", "bridge", "it only repeats what the worker raised"),),
    alternatives=("n8n itself",),
    missing_signals=("logs of n8n",),
)


def printed(finding: Finding) -> str:
    out = Console(file=io.StringIO(), width=80)
    print_report(out, finding, TRACE_ID)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def printed_commands(incident_key: str | None) -> str:
    out = Console(file=io.StringIO(), width=80)
    print_commands(out, incident_key, trace_id=TRACE_ID, api=API)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_report_starts_with_the_trace_and_the_engines_sentence() -> None:
    """Brackets are text, not markup."""
    assert printed(FINDING).splitlines()[:2] == [f"trace {TRACE_ID}", FINDING.summary]


def test_path_evidence_and_the_rest_are_told() -> None:
    """Every part of the engine's answer has its place."""
    text = printed(FINDING)
    for part in ("POST /jobs/fail", "5 ms", "it only repeats", "n8n itself", "logs of n8n"):
        assert part in text


def test_evidence_fits_one_screen() -> None:
    """Only the strongest is shown; the finding itself stays whole."""
    many = tuple(Evidence("log", f"line {index}", "seen") for index in range(20))
    finding = replace(FINDING, candidates=(replace(FINDING.candidates[0], evidence=many),))
    text = printed(finding)
    assert "line 3" in text
    assert "line 4" not in text
    assert len(text.splitlines()) <= 40


def test_commands_show_the_same() -> None:
    """A command is one line, however long, so that it can be copied."""
    lines = [line.strip() for line in printed_commands("e1-0-1").splitlines()]
    assert f"correlator explain {TRACE_ID} --api {API}" in lines
    assert f"curl {API}/api/v1/traces/{TRACE_ID}/root-cause" in lines
    assert f"curl {API}/api/v1/incidents/e1-0-1" in lines


def test_no_incident_no_command_for_it() -> None:
    """What the engine has not opened is not offered."""
    assert "/incidents/" not in printed_commands(None)


def test_no_colour_codes_without_a_terminal() -> None:
    """Plain text goes into a file."""
    assert "\x1b" not in printed(FINDING)


def test_abstention_is_printed_as_such() -> None:
    """Without candidates what is missing is told."""
    text = printed(Finding(summary="Not enough evidence.", abstained=True, missing_signals=("spans of worker",)))
    assert "\nNot enough evidence." in text
    assert "spans of worker" in text


def test_a_demo_that_ends_says_that_its_addresses_end_with_it() -> None:
    """The commands are shown all the same."""
    out = Console(file=io.StringIO(), width=80)
    print_commands(out, None, trace_id=TRACE_ID, api=API, is_ending=True)
    assert isinstance(out.file, io.StringIO)
    assert "without --once the engine stays up" in out.file.getvalue()
    assert f"explain {TRACE_ID}" in out.file.getvalue()
