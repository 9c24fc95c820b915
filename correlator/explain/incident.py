"""The findings of many failing traces become one: the cause that most of them end at."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from correlator.explain.pattern.rule import SEVERITIES
from correlator.model.finding import Candidate, Evidence, Finding, PatternMatch

SAMPLES: Final = 20
PATTERNS: Final = 20
"""Of an incident at most, the worst."""
SHARE_OF_TRACES: Final = "failing traces that end here"
_NOTHING: Final = Finding("nothing failed.", abstained=True)


def explain_incident(findings: Sequence[Finding], failures: int | None = None) -> Finding:
    """One finding over several failing traces; the same whatever order they are in.

    The cause is what most findings name first, ties by confidence and name; it is told by the surest of them, with "12 of 14
    failing traces end here" as evidence. Other findings' causes follow as alternatives. Abstains only where all do.
    `failures` is the number of failing traces that the findings stand for, where that is more than their own number.
    """
    accusing: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.candidates:
            accusing[finding.candidates[0].fingerprint].append(finding)
    if not accusing:
        return _surest(findings) if findings else _NOTHING
    ranked = sorted(accusing.values(), key=_support)
    others = len(findings) - len(ranked[0])
    total = max(len(findings), failures or 0)
    return _told_together(findings, ranked, ending_here=total - others, total=total)


def _support(findings: Sequence[Finding]) -> tuple[int, float, str, str]:
    surest = min(findings, key=_surest_first).candidates[0]
    return -len(findings), -surest.confidence, surest.component, surest.fingerprint


def _surest_first(finding: Finding) -> tuple[float, str, tuple[str, ...]]:
    confidence = finding.candidates[0].confidence if finding.candidates else 0.0
    return -confidence, finding.summary, finding.trace_ids


def _told_together(
    findings: Sequence[Finding], ranked: Sequence[Sequence[Finding]], *, ending_here: int, total: int
) -> Finding:
    surest = [min(group, key=_surest_first) for group in ranked]
    cause = _with_share(surest[0].candidates[0], ending_here, total)
    rivals = [finding.candidates[0] for finding in surest[1:]]
    alternatives = (
        *(f"{each.component} {each.operation}: {each.error_type or each.kind}" for each in rivals),
        *surest[0].alternatives,
    )
    return replace(
        surest[0],
        candidates=(cause, *rivals, *surest[0].candidates[1:]),
        alternatives=tuple(dict.fromkeys(alternatives)),
        trace_ids=_trace_ids(findings),
        patterns=patterns_in(findings),
    )


def with_share(finding: Finding, ending_here: int, total: int) -> Finding:
    """The finding with "1 of 12 failing traces end here" as first evidence of its cause; as it is where it abstains."""
    if not finding.candidates:
        return finding
    cause, *others = finding.candidates
    return replace(finding, candidates=(_with_share(cause, ending_here, total), *others))


def _with_share(cause: Candidate, ending_here: int, total: int) -> Candidate:
    """The candidate with the share as its first evidence, in place of an earlier one."""
    share = Evidence("structure", SHARE_OF_TRACES, f"{ending_here} of {total}", expected="0", unit="traces")
    own = (evidence for evidence in cause.evidence if evidence.subject != SHARE_OF_TRACES)
    return replace(cause, evidence=(share, *own))


def _surest(findings: Sequence[Finding]) -> Finding:
    return replace(min(findings, key=_surest_first), trace_ids=_trace_ids(findings), patterns=patterns_in(findings))


def patterns_in(findings: Iterable[Finding]) -> tuple[PatternMatch, ...]:
    """Each pattern that fits any of them, where it fit first; worst first, ties by id."""
    first: dict[str, PatternMatch] = {}
    every = (match for finding in findings for match in finding.patterns)
    for match in sorted(every, key=lambda match: (match.start_unix_nano, repr(match))):
        first.setdefault(match.rule_id, match)
    ranked = sorted(first.values(), key=lambda match: (-SEVERITIES.index(match.severity), match.rule_id))
    return tuple(ranked[:PATTERNS])


def _trace_ids(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(sorted({trace_id for finding in findings for trace_id in finding.trace_ids}))[:SAMPLES]
