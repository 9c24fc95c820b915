"""What explaining answers: ranked candidates with evidence, or an abstention that names what is missing."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation that speaks for a candidate.

    `kind` is exception | status | http | grpc | n8n | log | timing | echo | structure. `observed` and `expected` are what
    was seen and what a healthy run shows, in `unit` where they are numbers. `window` is (start, end) in unix nanoseconds,
    `link` the API path that shows it.
    """

    kind: str
    subject: str
    observed: str
    expected: str | None = None
    unit: str | None = None
    window: tuple[int, int] | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class PathStep:
    """One component on the way from the outermost failure to the cause, in that order; in a story, one that may be in
    another trace than the one before."""

    component: str
    operation: str
    system: str
    span_id: str | None
    role: str  # victim | cause | passed_through
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A component that may be the cause. `score` orders candidates (higher is likelier); `confidence` is 0..1.

    `kind` says what sort of cause it is: exception | http | grpc | timeout | dependency | status | n8n | log.
    """

    component: str
    operation: str
    system: str
    kind: str
    score: float
    confidence: float
    fingerprint: str
    error_type: str
    message: str
    evidence: tuple[Evidence, ...] = ()
    path: tuple[PathStep, ...] = ()


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A failing component that is not the cause, and why: what an engineer need not look at."""

    component: str
    operation: str
    system: str
    reason: str


@dataclass(frozen=True, slots=True)
class MatchedEvent:
    """One failure (or success, warning, deploy) that a step of a pattern fits. `told` is its error in words."""

    time_unix_nano: int
    system: str
    service_name: str
    operation: str
    told: str
    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True)
class PatternMatch:
    """A rule that fits: a known way of failing, and what to do about it.

    `events` are what its steps fit, by time, at most explain.pattern.match.SHOWN; `start_unix_nano` and `end_unix_nano` the
    times of the first and the last of all of them.
    """

    rule_id: str
    title: str
    severity: str  # critical | error | warning | info
    suggestion: str
    start_unix_nano: int
    end_unix_nano: int
    events: tuple[MatchedEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer for a trace or an incident.

    `candidates` best first, ties by name; empty when `abstained`. `alternatives` are the candidates after the first, named in
    words; `missing_signals` what would have made the answer surer, or possible. `summary` is one sentence. `patterns` are
    the rules that fit, worst first, ties by id.
    """

    summary: str
    abstained: bool
    candidates: tuple[Candidate, ...] = ()
    alternatives: tuple[str, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    missing_signals: tuple[str, ...] = ()
    trace_ids: tuple[str, ...] = field(default=())
    patterns: tuple[PatternMatch, ...] = ()
