"""Known ways of failing that fit."""

from pydantic import Field

from correlator.serve.schemas.fields import COMPONENT, OPERATION, SPAN_ID, SYSTEM, TIME, TRACE_ID
from correlator.serve.schemas.schema import Schema


class MatchedEvent(Schema):
    """A failure, success, warning or deploy that a step of a pattern fits."""

    time_unix_nano: int = Field(description="When, unix nanoseconds, on the story's clock.", examples=[TIME])
    system: str = SYSTEM
    service_name: str = COMPONENT
    operation: str = OPERATION
    told: str = Field(description="Its error in words.", examples=["RelayDenied: no relay"])
    trace_id: str = Field(description="Its trace; empty where it has none.", examples=[TRACE_ID])
    span_id: str = Field(description="Its span; empty where it has none.", examples=[SPAN_ID])


class PatternMatch(Schema):
    """A rule that fits: a known way of failing, and what to do about it."""

    rule_id: str = Field(description="The rule; `/api/v1/patterns` lists it.", examples=["outer-timeout-first"])
    title: str = Field(description="The way of failing.", examples=["n8n gave up before the bridge"])
    severity: str = Field(description="critical, error, warning or info.", examples=["error"])
    suggestion: str = Field(description="What to do.", examples=["Let each caller wait longer than what it calls."])
    start_unix_nano: int = Field(description="First event that it needs, unix nanoseconds.", examples=[TIME])
    end_unix_nano: int = Field(
        description="Last event that it needs, unix nanoseconds.", examples=[TIME + 45_000_000_000]
    )
    events: tuple[MatchedEvent, ...] = Field(description="What its steps fit, by time, at most 20.")
