"""What the API answers, field by field. Mirrors correlator.model; made from its values by attribute.

Ids are lowercase hex, times unix nanoseconds (they do not fit a JavaScript number exactly: parse them as big integers).
"""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, computed_field

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"
TIME = 1769860800000000000
COMPONENT = Field(description="The service.", examples=["invoice-worker"])
OPERATION = Field(description="What it was doing: a span's name.", examples=["process invoice"])
SYSTEM = Field(description="Its tier: n8n, bridge, worker or other.", examples=["worker"])
FINGERPRINT = Field(
    description="Fingerprint of the error, the same on every replica.", examples=["e1-5d41402abc4b2a76"]
)
ERROR_TYPE = Field(description="The exception or error type; empty where none was told.", examples=["ValueError"])
MESSAGE = Field(description="The error's message.", examples=["currency XXX is unknown"])
SERVICES = Field(description="The services that took part, by name.", examples=[["invoice-worker", "n8n"]])
TRACE_IDS = Field(description="Traces that show it, the newest first.", examples=[[TRACE_ID]])
NEXT_CURSOR = Field(description="Give this as `cursor` for the next page; null on the last.", examples=[None])


class Schema(BaseModel):
    """Made from a model value of the same name."""

    model_config = ConfigDict(from_attributes=True)


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


class SpanEvent(Schema):
    """Something that happened within a span."""

    time_unix_nano: int = Field(description="When, unix nanoseconds.", examples=[TIME])
    name: str = Field(description="Its name.", examples=["exception"])
    attributes: dict[str, Any] = Field(description="Its attributes.", examples=[{"exception.type": "ValueError"}])


class SpanLink(Schema):
    """Another span that this one says it has to do with."""

    trace_id: str = Field(description="The other span's trace.", examples=[TRACE_ID])
    span_id: str = Field(description="The other span.", examples=[SPAN_ID])
    attributes: dict[str, Any] = Field(description="The link's attributes.", examples=[{}])


class Sender(Schema):
    """Who sent a record."""

    service_name: str = COMPONENT
    system: str = SYSTEM
    scope_name: str = Field(description="Instrumentation scope; empty when not given.", examples=["n8n-workflow"])
    resource_attributes: dict[str, Any] = Field(
        description="Attributes of the process that sent it.", examples=[{"service.name": "invoice-worker"}]
    )
    marks: int = Field(description="What is odd about the record, as bits; 0 when nothing is.", examples=[0])


class Span(Sender):
    """A span as it was sent. Its times are those of its own clock."""

    trace_id: str = Field(description="Its trace.", examples=[TRACE_ID])
    span_id: str = Field(description="Its id.", examples=[SPAN_ID])
    parent_span_id: str | None = Field(description="Its parent; null at a root.", examples=[None])
    name: str = OPERATION
    kind: int = Field(
        description="0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer.", examples=[5]
    )
    start_time_unix_nano: int = Field(description="Start, unix nanoseconds.", examples=[TIME])
    end_time_unix_nano: int = Field(description="End, unix nanoseconds.", examples=[TIME + 250_000_000])
    duration_nano: int = Field(description="End minus start, never negative.", examples=[250_000_000])
    status_code: int = Field(description="0 unset, 1 ok, 2 error.", examples=[2])
    status_message: str = Field(description="The status in words; may be empty.", examples=[""])
    is_error: bool = Field(description="Whether it tells of an error in any way.", examples=[True])
    attributes: dict[str, Any] = Field(description="Its attributes.", examples=[{"correlator.job.id": "job-17"}])
    events: tuple[SpanEvent, ...] = Field(description="What happened within it, exceptions among them.")
    links: tuple[SpanLink, ...] = Field(description="Spans that it is linked to.")


class LogRecord(Sender):
    """A log record that carries the trace's id."""

    trace_id: str | None = Field(description="Its trace.", examples=[TRACE_ID])
    span_id: str | None = Field(description="The span it was written in; null when not given.", examples=[SPAN_ID])
    time_unix_nano: int = Field(description="When, unix nanoseconds.", examples=[TIME])
    severity_number: int = Field(description="0 not given; 17 and over is an error, of 24.", examples=[17])
    severity_text: str = Field(description="The sender's word for it.", examples=["ERROR"])
    body: str = Field(description="The text; JSON where it was structured.", examples=["invoice 17 failed"])
    is_error: bool = Field(description="Whether it tells of an error.", examples=[True])
    attributes: dict[str, Any] = Field(description="Its attributes.", examples=[{"correlator.job.id": "job-17"}])
    position: int = Field(description="Log position of the request that brought it.", examples=[40960])
    row: int = Field(description="Its place within that request.", examples=[3])


class Edge(Schema):
    """One span caused another, in its own trace or in another one of the story."""

    from_span_id: str = Field(description="The causing span.", examples=[SPAN_ID])
    to_span_id: str = Field(description="The caused span.", examples=["b7ad6b7169203331"])
    from_trace_id: str = Field(description="The causing span's trace.", examples=[TRACE_ID])
    to_trace_id: str = Field(description="The caused span's trace.", examples=[TRACE_ID])
    method: str = Field(
        description="How we know, surest first: same_trace_id, span_link, parent_execution, retry_of, tracing_context, "
        "execution_id, job_key, payload.",
        examples=["execution_id"],
    )
    precision: float | None = Field(
        description="How often that is right, 0 to 1; null while it is not measured.", examples=[0.99]
    )
    measured_joins: int = Field(description="On so many labelled joins was that measured.", examples=[412])


class Trace(Schema):
    """A trace with all that belongs to its story, though under other trace ids; or alone."""

    trace_id: str = Field(description="The id that was asked for.", examples=[TRACE_ID])
    story_id: str = Field(
        description="The least of `trace_ids`: the same whichever was asked for.", examples=[TRACE_ID]
    )
    trace_ids: tuple[str, ...] = Field(
        description="The traces of the story, this one among them.", examples=[[TRACE_ID]]
    )
    spans: tuple[Span, ...] = Field(description="By start, clocks corrected.")
    logs: tuple[LogRecord, ...] = Field(description="By time.")
    edges: tuple[Edge, ...] = Field(description="What caused what.")
    possible_edges: tuple[Edge, ...] = Field(
        description="Joins that more than one candidate fits: shown, and never joined by."
    )
    left_out: tuple[str, ...] = Field(
        description="What a bound kept out of the story, in words.",
        examples=[["what shares execution:17: too many records carry it to join by"]],
    )
    roots: tuple[str, ...] = Field(description="Spans without a parent here.", examples=[[SPAN_ID]])
    orphans: tuple[str, ...] = Field(description="Roots whose parent never arrived.", examples=[[]])
    missing_parents: tuple[str, ...] = Field(description="Those parents.", examples=[[]])
    children: dict[str, tuple[str, ...]] = Field(
        description="Span id to its children's ids, by start.", examples=[{SPAN_ID: ["b7ad6b7169203331"]}]
    )
    clock_offset_nano: dict[str, int] = Field(
        description="Service to what has to be added to its times to agree with its callers' clocks.", examples=[{}]
    )


class TraceSummary(Schema):
    """One line of a list of traces."""

    trace_id: str = Field(description="Its id.", examples=[TRACE_ID])
    name: str = Field(description="Name of its earliest span.", examples=["workflow.execute"])
    service_name: str = Field(description="Service of its earliest span.", examples=["n8n"])
    system: str = Field(description="Tier of its earliest span.", examples=["n8n"])
    start_time_unix_nano: int = Field(description="Earliest start, unix nanoseconds.", examples=[TIME])
    end_time_unix_nano: int = Field(description="Latest end, unix nanoseconds.", examples=[TIME + 900_000_000])
    spans: int = Field(description="How many spans.", examples=[7])
    errors: int = Field(description="How many of them tell of an error.", examples=[3])
    services: tuple[str, ...] = SERVICES


class TracePage(Schema):
    """Traces, newest start first."""

    traces: tuple[TraceSummary, ...] = Field(description="At most `limit`.")
    next_cursor: str | None = NEXT_CURSOR


class StorySummary(Schema):
    """One line of a list of stories."""

    story_id: str = Field(description="The least of its trace ids.", examples=[TRACE_ID])
    trace_ids: tuple[str, ...] = Field(description="Its traces.", examples=[[TRACE_ID]])
    name: str = Field(description="Name of its earliest span.", examples=["workflow.execute"])
    service_name: str = Field(description="Service of its earliest span.", examples=["n8n"])
    system: str = Field(description="Tier of its earliest span.", examples=["n8n"])
    start_time_unix_nano: int = Field(description="Earliest start, unix nanoseconds.", examples=[TIME])
    end_time_unix_nano: int = Field(description="Latest end, unix nanoseconds.", examples=[TIME + 900_000_000])
    spans: int = Field(description="How many spans.", examples=[7])
    errors: int = Field(description="How many of them tell of an error.", examples=[3])
    services: tuple[str, ...] = SERVICES
    execution_ids: tuple[str, ...] = Field(description="The n8n executions that its records name.", examples=[["17"]])
    job_ids: tuple[str, ...] = Field(description="The jobs that its records name.", examples=[["job-17"]])


class StoryList(Schema):
    """Stories, newest start first."""

    stories: tuple[StorySummary, ...] = Field(description="At most `limit`.")


class Advice(Schema):
    """What to change so that trace context arrives."""

    system: str = Field(description="Where: n8n, bridge or worker.", examples=["n8n"])
    setting: str = Field(
        description="The environment variable, or the name in correlator.telemetry.",
        examples=["N8N_OTEL_TRACES_INJECT_OUTBOUND=true"],
    )
    because: str = Field(
        description="What was seen that says so.",
        examples=["12 requests came with x-n8n-execution-id and without traceparent"],
    )


class HopCoverage(Schema):
    """The calls of one system to the next."""

    hop: str = Field(
        description="n8n_to_bridge, bridge_to_queue, queue_to_worker or worker_to_callback.", examples=["n8n_to_bridge"]
    )
    calls: int = Field(description="How many.", examples=[100])
    arrived: int = Field(description="Those that came with the caller's trace context.", examples=[88])
    share: float | None = Field(
        description="`arrived` of `calls`, 0 to 1; null where there were none.", examples=[0.88]
    )
    joined_by: dict[str, int] = Field(
        description="The others by what joined them to their caller all the same.", examples=[{"execution_id": 12}]
    )
    not_joined: int = Field(description="Those that nothing joined to their caller.", examples=[0])
    advice: tuple[Advice, ...] = Field(description="What mends it, in the order in which to try it.")


class Propagation(Schema):
    """How often trace context arrives where one system calls another."""

    start_unix_nano: int = Field(description="Of traces from here, unix nanoseconds.", examples=[TIME])
    end_unix_nano: int = Field(description="And before this, unix nanoseconds.", examples=[TIME + 900_000_000_000])
    spans: int = Field(description="How many spans were looked at.", examples=[4200])
    is_sampled: bool = Field(description="Whether there were more.", examples=[False])
    hops: tuple[HopCoverage, ...] = Field(description="In the order of a story.")


class Incident(Schema):
    """One cause and all its victims, from its first failure until it has been quiet."""

    key: str = Field(
        description="`{cause fingerprint}-{ordinal}`: the same everywhere.", examples=["e1-5d41402abc4b2a76-1"]
    )
    cause_fingerprint: str = FINGERPRINT
    state: str = Field(description="open or resolved.", examples=["open"])
    severity: str = Field(description="critical, error, warning or info.", examples=["error"])
    title: str = Field(description="One line.", examples=["invoice-worker: ValueError in process invoice"])
    opened_at_unix_nano: int = Field(description="First failure, unix nanoseconds.", examples=[TIME])
    last_seen_unix_nano: int = Field(description="Newest failure, unix nanoseconds.", examples=[TIME + 60_000_000_000])
    resolved_at_unix_nano: int | None = Field(description="When it became quiet; null while open.", examples=[None])
    failures: int = Field(description="Traces that failed by this cause.", examples=[12])
    services: tuple[str, ...] = SERVICES
    systems: tuple[str, ...] = Field(description="The tiers that took part.", examples=[["n8n", "bridge", "worker"]])
    workflows: tuple[str, ...] = Field(description="The workflows that failed.", examples=[["Invoice intake"]])
    trace_ids: tuple[str, ...] = TRACE_IDS
    root_cause: Finding = Field(description="Why.")
    previous: str | None = Field(description="Key of the resolved incident with the same cause.", examples=[None])
    counted_by_signature: int = Field(
        description="Of `failures`: those not investigated, whose errors are the same as those of traces that were.",
        examples=[0],
    )

    @computed_field(description="First failure, RFC 3339.", examples=["2026-01-31T12:00:00Z"])  # type: ignore[prop-decorator]
    @property
    def opened_at(self) -> str:
        return rfc3339(self.opened_at_unix_nano)

    @computed_field(description="When it became quiet, RFC 3339; null while open.", examples=[None])  # type: ignore[prop-decorator]
    @property
    def resolved_at(self) -> str | None:
        return None if self.resolved_at_unix_nano is None else rfc3339(self.resolved_at_unix_nano)


class IncidentPage(Schema):
    """Incidents, newest opened first."""

    incidents: tuple[Incident, ...] = Field(description="At most `limit`.")
    next_cursor: str | None = NEXT_CURSOR


class ErrorGroup(Schema):
    """Errors with one fingerprint, over all traces."""

    fingerprint: str = FINGERPRINT
    service_name: str = COMPONENT
    system: str = SYSTEM
    operation: str = OPERATION
    error_type: str = ERROR_TYPE
    template: str = Field(
        description="The message with its variable parts cut out.", examples=["currency <*> is unknown"]
    )
    count: int = Field(description="How often.", examples=[12])
    first_seen_unix_nano: int = Field(description="First, unix nanoseconds.", examples=[TIME])
    last_seen_unix_nano: int = Field(description="Last, unix nanoseconds.", examples=[TIME + 60_000_000_000])
    trace_ids: tuple[str, ...] = TRACE_IDS


class ErrorGroupPage(Schema):
    """Error groups, last seen first."""

    error_groups: tuple[ErrorGroup, ...] = Field(description="At most `limit`.")


class Durations(Schema):
    """How long calls took, by nearest rank; 0 where there were none."""

    p50_nano: int = Field(description="Median, nanoseconds.", examples=[120_000_000])
    p95_nano: int = Field(description="95th percentile, nanoseconds.", examples=[250_000_000])
    p99_nano: int = Field(description="99th percentile, nanoseconds.", examples=[900_000_000])


class Service(Schema):
    """A service in a span of time."""

    service_name: str = COMPONENT
    system: str = SYSTEM
    spans: int = Field(description="How many spans it sent.", examples=[400])
    calls: int = Field(description="Those that another service, or nobody known, caused.", examples=[200])
    errors: int = Field(description="Calls that failed.", examples=[3])
    durations: Durations = Field(description="Of its calls.")


class ServiceList(Schema):
    """Services, by name."""

    services: tuple[Service, ...] = Field(description="All that sent spans in that time.")


class ServiceEdge(Schema):
    """Calls of one service to another, as the callee saw them."""

    caller: str = Field(description="The calling service.", examples=["bridge"])
    callee: str = Field(description="The called service.", examples=["invoice-worker"])
    connection: str = Field(description="call, or queue where a consumer took a job.", examples=["queue"])
    calls: int = Field(description="How many.", examples=[200])
    errors: int = Field(description="How many of them failed.", examples=[3])
    durations: Durations = Field(description="Of these calls.")


class ServiceGraph(Schema):
    """Which services call which."""

    nodes: tuple[Service, ...] = Field(description="By name.")
    edges: tuple[ServiceEdge, ...] = Field(description="By caller, callee and connection.")


class Alive(BaseModel):
    """The process answers."""

    status: str = Field(description="Always ok.", examples=["ok"])


class DependencyState(Schema):
    """How one dependency is."""

    ok: bool = Field(description="Whether it works now.", examples=[True])
    detail: str = Field(description="What was seen.", examples=["3 segments, 1200 records in the head"])


class Readiness(BaseModel):
    """Whether the engine can do its work, and each thing it needs for that."""

    ready: bool = Field(description="Whether all of them work.", examples=[True])
    dependencies: dict[str, DependencyState] = Field(description="By name: store, doors, watch, patterns.")


def rfc3339(unix_nano: int) -> str:
    """A time in UTC, exact: with a fraction of a second where there is one."""
    seconds, nanos = divmod(unix_nano, 1_000_000_000)
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
