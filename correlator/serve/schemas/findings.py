"""Why something failed."""

from pydantic import Field

from correlator.serve.schemas.fields import (
    COMPONENT,
    ERROR_TYPE,
    FINGERPRINT,
    MESSAGE,
    OPERATION,
    SPAN_ID,
    SYSTEM,
    TIME,
    TRACE_ID,
    TRACE_IDS,
)
from correlator.serve.schemas.pattern_matches import PatternMatch
from correlator.serve.schemas.schema import Schema


class Evidence(Schema):
    """One observation that speaks for a candidate."""

    kind: str = Field(
        description="exception, status, http, grpc, n8n, log, timing, echo or structure.", examples=["exception"]
    )
    subject: str = Field(description="What was observed.", examples=["invoice-worker: process invoice"])
    observed: str = Field(description="What was seen.", examples=["ValueError: currency XXX is unknown"])
    expected: str | None = Field(default=None, description="What a healthy run shows.", examples=["no exception"])
    unit: str | None = Field(default=None, description="Unit of the two, where they are numbers.", examples=["ms"])
    window: tuple[int, int] | None = Field(
        default=None, description="When: start and end, unix nanoseconds.", examples=[[TIME, TIME + 250_000_000]]
    )
    link: str | None = Field(
        default=None, description="The API path that shows it.", examples=[f"/api/v1/traces/{TRACE_ID}"]
    )


class PathStep(Schema):
    """One component on the way from the outermost failure to the cause."""

    component: str = COMPONENT
    operation: str = OPERATION
    system: str = SYSTEM
    span_id: str | None = Field(description="Its span, where it has one.", examples=[SPAN_ID])
    role: str = Field(description="victim, cause or passed_through.", examples=["cause"])
    trace_id: str | None = Field(description="Its span's trace, where it has one.", examples=[TRACE_ID])


class Candidate(Schema):
    """A component that may be the cause."""

    component: str = COMPONENT
    operation: str = OPERATION
    system: str = SYSTEM
    kind: str = Field(
        description="Sort of cause: exception, http, grpc, timeout, dependency, status, n8n or log.",
        examples=["exception"],
    )
    score: float = Field(description="Orders candidates; higher is likelier.", examples=[0.93])
    confidence: float = Field(description="How sure, 0 to 1.", examples=[0.9])
    fingerprint: str = FINGERPRINT
    error_type: str = ERROR_TYPE
    message: str = MESSAGE
    evidence: tuple[Evidence, ...] = Field(description="What speaks for it.")
    path: tuple[PathStep, ...] = Field(description="From the outermost failure inward to it.")


class RuledOut(Schema):
    """A failing component that is not the cause."""

    component: str = COMPONENT
    operation: str = OPERATION
    system: str = SYSTEM
    reason: str = Field(description="Why not.", examples=["repeats the failure of what it called"])


class Finding(Schema):
    """The root cause of a trace or an incident, or an abstention that names what is missing."""

    summary: str = Field(
        description="One sentence.",
        examples=["invoice-worker failed first (ValueError: currency XXX is unknown); bridge and n8n are its victims."],
    )
    abstained: bool = Field(
        description="True where nothing failed or the evidence does not suffice: then there are no candidates.",
        examples=[False],
    )
    candidates: tuple[Candidate, ...] = Field(description="Best first.")
    alternatives: tuple[str, ...] = Field(description="The candidates after the first, in words.", examples=[[]])
    ruled_out: tuple[RuledOut, ...] = Field(description="Failing components that are not the cause.")
    missing_signals: tuple[str, ...] = Field(
        description="What would have made the answer surer, or possible.",
        examples=[["no log records of invoice-worker carry this trace id"]],
    )
    trace_ids: tuple[str, ...] = TRACE_IDS
    patterns: tuple[PatternMatch, ...] = Field(description="Known ways of failing that fit, worst first.")
