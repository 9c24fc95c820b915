"""What the demo prints is what the engine said."""

import io

from rich.console import Console

from correlator.demo.report import print_report
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


def printed(finding: Finding, incident: dict[str, str] | None = None) -> str:
    out = Console(file=io.StringIO(), width=80)
    print_report(out, finding, incident, trace_id=TRACE_ID, api=API)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_report_starts_with_the_engines_sentence() -> None:
    """Brackets are text, not markup."""
    assert printed(FINDING).splitlines()[0] == FINDING.summary


def test_path_is_a_tree_from_victim_to_cause() -> None:
    """Each step is one line, deeper than the one before."""
    roles = ("victim", "passed it on", "failed first")
    lines = [line.rstrip() for line in printed(FINDING).splitlines() if line.rstrip().endswith(roles)]
    assert [line.lstrip(" └─") for line in lines] == [
        "n8n  lab-bridge-500  victim",
        "bridge  POST /jobs/fail  passed it on",
        "worker  render  <- failed first",
    ]
    assert [line.index(name) for line, name in zip(lines, ("n8n", "bridge", "worker"), strict=True)] == [2, 6, 10]


def test_evidence_and_the_rest_are_told() -> None:
    """Observed beside expected, what was ruled out, alternatives, missing signals."""
    text = printed(FINDING)
    assert "worker render: 5 ms (expected 2 ms)" in text
    assert "it only repeats what the worker raised" in text
    assert "n8n itself" in text
    assert "logs of n8n" in text


def test_commands_show_the_same() -> None:
    """A command is one line, however long, so that it can be copied."""
    lines = [line.strip() for line in printed(FINDING, {"key": "e1-0-1"}).splitlines()]
    assert f"correlator explain {TRACE_ID} --api {API}" in lines
    assert f"curl {API}/api/v1/traces/{TRACE_ID}/root-cause" in lines
    assert f"curl {API}/api/v1/incidents/e1-0-1" in lines


def test_no_colour_codes_without_a_terminal() -> None:
    """Plain text goes into a file."""
    assert "\x1b" not in printed(FINDING)


def test_abstention_is_printed_as_such() -> None:
    """Without candidates there is no path and no evidence, but what is missing."""
    text = printed(Finding(summary="Not enough evidence.", abstained=True, missing_signals=("spans of worker",)))
    assert text.startswith("Not enough evidence.")
    assert "spans of worker" in text
    assert "Evidence against" not in text
