"""A real Jaeger and the engine get the same OTLP bytes; what they answer to Jaeger's query API is compared field by field.

What differs is meant to, and stands in DIFFERENCES, WARNINGS and the tests at the end, each with the reason.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.demo.processes import demo_processes
from correlator.demo.recording import EXPLAINED_TRACE_ID, load_recording
from correlator.demo.story import play_story
from tests.e2e import jaeger_spans as sent
from tests.e2e.engine_process import running_engine
from tests.e2e.otlp_receiver import Receiver, otlp_receiver
from tests.e2e.peers import WHY_SKIPPED, running_jaeger, scripts

pytestmark = pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED)

WAIT_S: Final = 60.0
PROTOBUF: Final = {"content-type": "application/x-protobuf"}
UNNAMED: Final = ("missing-service-name", "empty-service-name", "service-name-wrong-type")
UNKNOWN: Final = "unknown_service"

Json = Any


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the engine shows otherwise than Jaeger, and why. `mend` turns Jaeger's span into the engine's."""

    reason: str
    mend: Callable[[Json], Json]


def each_tag(span: Json, mend: Callable[[Json], list[Json]]) -> Json:
    """The span with other tags, wherever it has some."""

    def mended(tags: Json) -> Json:
        return [new for tag in tags for new in mend(tag)]

    logs = [{**log, "fields": mended(log["fields"])} for log in span["logs"]]
    process = {**span["process"], "tags": mended(span["process"]["tags"])}
    return {**span, "tags": mended(span["tags"]), "logs": logs, "process": process}


def as_text(tag: Json) -> list[Json]:
    return [{**tag, "type": "string", "value": tag["value"] or ""}] if tag["type"] == "binary" else [tag]


def without_html_escapes(tag: Json) -> list[Json]:
    if not isinstance(tag["value"], str) or not tag["value"].startswith(("[", "{")):
        return [tag]
    value = tag["value"]
    for escaped, plain in (("\\u003c", "<"), ("\\u003e", ">"), ("\\u0026", "&")):
        value = value.replace(escaped, plain)
    return [{**tag, "value": value}]


def unnamed(span: Json) -> Json:
    is_unnamed = span["process"]["serviceName"] in UNNAMED
    return {**span, "process": {**span["process"], "serviceName": UNKNOWN}} if is_unnamed else span


DIFFERENCES: Final = (
    Difference("the store keeps bytes as base64 text", lambda span: each_tag(span, as_text)),
    Difference(
        "Jaeger after 2.13 no longer escapes < > & within lists and maps",
        lambda span: each_tag(span, without_html_escapes),
    ),
    Difference("OpenTelemetry calls a service without a usable name unknown_service", unnamed),
)

WARNINGS: Final = {
    "invalid parent span IDs=": "its parent {} is not here",  # Jaeger's sounds as if the id were wrong
    "clock skew adjustment disabled": None,  # a child outside its parent is no oddity where jobs are queued
    "Negative duration detected": "it ends before it starts",  # Jaeger says so of spans that take no time as well
}
"""How Jaeger's warnings begin, and the engine's in their place."""
TAKES_NO_TIME: Final = "0000000000000039"


class Pair:
    """Jaeger and the engine, asked the same."""

    def __init__(self, jaeger: httpx.Client, engine: httpx.Client) -> None:
        self.jaeger = jaeger
        self.engine = engine

    def send(self, otlp: tuple[str, str], body: bytes) -> None:
        for address in otlp:
            httpx.post(f"http://{address}/v1/traces", content=body, headers=PROTOBUF).raise_for_status()

    def answers(self, path: str, **query: Any) -> tuple[httpx.Response, httpx.Response]:
        asked = f"{path}?{urlencode(query, doseq=True)}"
        return self.jaeger.get(asked), self.engine.get(asked)

    def data(self, path: str, **query: Any) -> tuple[Json, Json]:
        """What both answer with 200, in equal envelopes."""
        jaeger, engine = self.answers(path, **query)
        assert (jaeger.status_code, engine.status_code) == (200, 200), (jaeger.text, engine.text)
        theirs, ours = jaeger.json(), engine.json()
        assert {**theirs, "data": 0} == {**ours, "data": 0}
        return theirs["data"] or [], ours["data"]


@pytest.fixture(scope="module")
def now() -> int:
    return time.time_ns() // 10**9 * 10**9 - 60 * 10**9


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """What n8n, as recorded, and the demo's bridge and worker, as they run, send."""
    story = load_recording()
    with otlp_receiver() as receiver, demo_processes(tmp_path_factory.mktemp("demo"), receiver.url) as processes:
        play_story(story, otlp_url=receiver.url, bridge_url=processes.bridge_url)
        await_truth(lambda: has_arrived(receiver), "the demo's spans")
    return [body for path, _, body in receiver.bodies if path == "/v1/traces"]


def has_arrived(receiver: Receiver) -> bool:
    names = {(one.service_name, one.span.name) for one in receiver.spans(EXPLAINED_TRACE_ID)}
    return {("worker", "render_invoice"), ("bridge", "POST /jobs/fail"), ("bridge", "send invoices")} <= names


def await_truth(is_true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WAIT_S
    while not is_true():
        assert time.monotonic() < until, f"not within {WAIT_S:g} s: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def bodies(now: int, demo: list[bytes]) -> list[bytes]:
    """All that both show alike."""
    made = [*sent.every_shape(now), *sent.recorded(now)]
    return [*(request.SerializeToString() for request in made), *demo]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], now: int) -> Iterator[Pair]:
    """Both, with everything sent to both and readable in both."""
    folder = tmp_path_factory.mktemp("compared")
    odd = [request.SerializeToString() for request in sent.odd_shapes(now)]
    with (
        running_jaeger(folder) as jaeger,
        running_engine(folder / "data") as engine,
        httpx.Client(base_url=f"http://{jaeger.query}/api") as asks_jaeger,
        httpx.Client(base_url=f"http://{engine.api}/jaeger/api") as asks_engine,
    ):
        both = Pair(asks_jaeger, asks_engine)
        for body in (*bodies, *odd):
            both.send((jaeger.otlp_http, engine.otlp_http), body)
        everything = [*span_counts(bodies).items(), (sent.LATE.hex(), 1)]
        await_truth(lambda: all(is_whole(asks_jaeger, *each) for each in everything), "every span in Jaeger")
        yield both


def span_counts(bodies: list[bytes]) -> dict[str, int]:
    """How many spans each trace has."""
    ids: dict[str, set[bytes]] = {}
    for body in bodies:
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            for one in (span for scope in group.scope_spans for span in scope.spans):
                ids.setdefault(one.trace_id.hex(), set()).add(one.span_id)
    return {trace_id: len(spans) for trace_id, spans in ids.items()}


def is_whole(client: httpx.Client, trace_id: str, spans: int) -> bool:
    answer = client.get(f"/traces/{trace_id}")
    return answer.status_code == 200 and len(answer.json()["data"][0]["spans"]) >= spans


def in_order(trace: Json) -> Json:
    """A trace with its spans by id, each with its process in it."""
    spans = {
        span["spanID"]: {**span, "processID": "", "process": trace["processes"][span["processID"]]}
        for span in trace["spans"]
    }
    return {**trace, "spans": spans, "processes": {}}


def mended(trace: Json, differences: tuple[Difference, ...] = DIFFERENCES) -> Json:
    """Jaeger's trace as the engine means to show it."""
    spans = {}
    for span_id, span in trace["spans"].items():
        for difference in differences:
            span = difference.mend(span)
        spans[span_id] = {**span, "warnings": warnings(span)}
    return {**trace, "spans": spans}


def warnings(span: Json) -> list[str] | None:
    """Jaeger's as the engine means to say them."""
    told = []
    for warning in span["warnings"] or ():
        ((old, ours),) = ((old, new) for old, new in WARNINGS.items() if warning.startswith(old))
        if ours is not None and span["spanID"] != TAKES_NO_TIME:
            told.append(ours.format(warning.removeprefix(old).partition(";")[0]))
    return told or None


def shortened(trace: Json) -> Json:
    """The engine's trace with each warning up to what explains it."""
    spans = {
        span_id: {**span, "warnings": [re.split("[:;]", one)[0] for one in span["warnings"] or ()] or None}
        for span_id, span in trace["spans"].items()
    }
    return {**trace, "spans": spans}


def test_every_trace_is_the_same_in_every_field(pair: Pair, bodies: list[bytes]) -> None:
    """All attribute types, events, links, kinds, statuses and senders; n8n's, the bridge's and the worker's own spans."""
    traces = span_counts(bodies)
    assert len(traces) > 10
    for trace_id in traces:
        (theirs,), (ours,) = pair.data(f"/traces/{trace_id}")
        shown, expected = shortened(in_order(ours)), mended(in_order(theirs))
        assert {**shown, "spans": set(shown["spans"])} == {**expected, "spans": set(expected["spans"])}
        for span_id, span in expected["spans"].items():
            assert shown["spans"][span_id] == span, trace_id


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.reason)
def test_each_difference_shows(pair: Pair, bodies: list[bytes], difference: Difference) -> None:
    """One that no longer does is to be struck from the list."""
    rest = tuple(one for one in DIFFERENCES if one is not difference)
    traces = (pair.data(f"/traces/{trace_id.hex()}") for trace_id in (sent.CALLS, sent.VALUES, sent.SENDERS))
    assert any(shortened(in_order(ours)) != mended(in_order(theirs), rest) for (theirs,), (ours,) in traces)


@pytest.mark.parametrize("written", [sent.CALLS.hex().upper(), sent.SHORT.hex(), sent.SHORT.hex()[16:], "1", "0"])
def test_trace_ids_are_read_alike(pair: Pair, written: str) -> None:
    """In upper case, padded or not; of 64 bits they are shown without padding. What is not there is not found."""
    jaeger, engine = pair.answers(f"/traces/{written}", start=1, end=2, raw="false")
    assert jaeger.status_code == engine.status_code
    if jaeger.status_code == 200:
        (theirs,), (ours,) = jaeger.json()["data"], engine.json()["data"]
        assert ours["traceID"] == theirs["traceID"]
        assert set(in_order(ours)["spans"]) == set(in_order(theirs)["spans"])


def test_services_and_operations_are_the_same(pair: Pair) -> None:
    """In order here, in none there. A service without a name is one; one that was never near now is not listed."""
    theirs, ours = (answer.json()["data"] for answer in pair.answers("/services"))
    not_near = {"late"}
    assert set(ours) - {UNKNOWN} == set(theirs) - set(UNNAMED) - not_near
    assert len(ours) > 8
    for service in (*(set(ours) - {UNKNOWN}), "nobody"):
        their_names, our_names = pair.data(f"/services/{quote(service, safe='')}/operations")
        assert sorted(their_names) == our_names
        for kind in ("", "server", "client", "internal", "producer", "consumer", "other"):
            their_ones, our_ones = pair.data("/operations", service=service, spanKind=kind)
            assert sorted(their_ones, key=str) == sorted(our_ones, key=str)


SEARCHES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"operation": "work 1"},
    {"operation": "no such"},
    {"operation": "", "minDuration": "", "start": "", "limit": ""},
    {"minDuration": "10ms", "maxDuration": "10ms"},
    {"minDuration": "10.000001ms"},
    {"minDuration": "1h", "maxDuration": "2h"},
    {"maxDuration": "9ms"},
    {"maxDuration": "1m"},
    {"tag": "yes:true"},
    {"tag": ["yes:true", "no:false"]},
    {"tag": ["yes:true", "no:true"]},
    {"tags": '{"int 9007199254740992":"9007199254740992"}'},
    {"tags": '{"double 1e+21":"1e+21","double 1.0":"1"}'},
    {"tags": '{"double -2.5e-07":"-2.5e-7"}'},
    {"tags": '{"host.name":"h"}'},
    {"tags": '{"host.name":"h","process.pid":"7"}'},
    {"tags": '{"exception.type":"E","z":"true"}'},
    {"tags": '{"bytes":"AP8="}'},
    {"tags": '{"none":""}'},
    {"tags": '{"map":"{\\"a\\":[9223372036854775807],\\"z\\":{\\"x\\":\\"\\u007f\\\\b\\",\\"y\\":0.1}}"}'},
    {"tags": '{"n8n.workflow.name":"lab-bridge-500"}'},
    {"tags": '{"text":"nothing of the kind"}'},
    {"lookback": "1h"},
    {"limit": 1000},
)
SEARCHED: Final = ("front", "middle", "back", "typed", "sender", "short", "n8n", "bridge", "worker", "nobody")


@pytest.mark.parametrize("service", SEARCHED)
def test_searches_find_the_same_traces(pair: Pair, service: str) -> None:
    """By operation, duration, time and tags of every type; each whole, whichever of its spans was found."""
    found = 0
    for search in SEARCHES:
        their_traces, our_traces = pair.data("/traces", **({"service": service, "limit": 1000} | search))
        theirs, ours = (
            {trace["traceID"]: len(trace["spans"]) for trace in each} for each in (their_traces, our_traces)
        )
        assert ours == theirs, search
        found += len(ours)
    assert (found > 0) is (service != "nobody")


@pytest.mark.parametrize("offset_us", [-1, 0, 1, 10_000_000])
def test_searches_in_a_time_find_the_same_traces(pair: Pair, now: int, offset_us: int) -> None:
    """Both ends belong to it."""
    at = now // 1000 + offset_us
    for service in ("front", "back", "typed"):
        for bounds in ({"start": at}, {"end": at, "start": 0}, {"start": at, "end": at}):
            their_traces, our_traces = pair.data("/traces", service=service, **bounds)
            assert {each["traceID"] for each in our_traces} == {each["traceID"] for each in their_traces}


def test_traces_asked_for_by_id_are_the_same(pair: Pair) -> None:
    """With a complaint for each that is missing, in other words."""
    theirs, ours = (
        each.json() for each in pair.answers("/traces", traceID=[sent.CALLS.hex(), "abc", sent.VALUES.hex().upper()])
    )
    assert [one["traceID"] for one in ours["data"]] == [one["traceID"] for one in theirs["data"]]
    assert [set(error) for error in theirs["errors"]] == [{"msg", "traceID"}]
    assert ours["errors"] == [{"msg": f"no trace {'abc'.zfill(32)}"}]


def test_calls_between_services_are_counted_alike(pair: Pair) -> None:
    """Jaeger's memory store counts a service's calls of itself as well, and names the nameless otherwise."""
    until = time.time_ns() // 10**6 + 3_600_000
    theirs, ours = pair.data("/dependencies", endTs=until, lookback=2 * 86_400_000)
    between = [link for link in theirs if link["parent"] != link["child"]]
    assert {str(sorted(link.items())) for link in between} == {str(sorted(link.items())) for link in ours}
    assert {("front", "middle"), ("bridge", "worker")} <= {(link["parent"], link["child"]) for link in ours}
    assert pair.data("/dependencies", endTs=1, lookback=1) == ([], [])


REFUSED: Final = (
    "/operations",
    "/traces",
    "/traces?service=front&start=x",
    "/traces?service=front&end=1.5",
    "/traces?service=front&limit=x",
    "/traces?service=front&minDuration=5",
    "/traces?service=front&maxDuration=1d",
    "/traces?service=front&minDuration=2s&maxDuration=1s",
    "/traces?service=front&tag=a",
    "/traces?service=front&tags=a",
    "/traces?service=front&tags=",
    "/traces?service=front&tags=" + quote(json.dumps({"a": 1})),
    "/traces?traceID=xyz",
    "/traces/xyz",
    "/traces/" + "1" * 33,
    "/traces/1?start=x",
    "/traces/1",
    "/dependencies?endTs=x",
    "/dependencies?lookback=x",
)


@pytest.mark.parametrize("path", REFUSED)
def test_failures_have_the_same_shape(pair: Pair, path: str) -> None:
    """The words are others, and the engine's come as JSON where Jaeger calls its JSON plain text."""
    jaeger, engine = pair.jaeger.get(path), pair.engine.get(path)
    assert engine.status_code == jaeger.status_code >= 400
    theirs, ours = jaeger.json(), engine.json()
    assert [set(error) for error in ours["errors"]] == [set(error) for error in theirs["errors"]]
    assert [error["code"] for error in ours["errors"]] == [error["code"] for error in theirs["errors"]]
    assert {**ours, "errors": 0} == {**theirs, "errors": 0}
    assert engine.headers["content-type"] == "application/json"


def only_span(client: httpx.Client, trace_id: bytes) -> Json:
    (span,) = client.get(f"/traces/{trace_id.hex()}").json()["data"][0]["spans"]
    return span


def test_a_span_sent_again_is_shown_once(pair: Pair) -> None:
    """As it ended last; Jaeger shows each version that differs."""
    assert len(pair.jaeger.get(f"/traces/{sent.DOUBLED.hex()}").json()["data"][0]["spans"]) == 2
    assert only_span(pair.engine, sent.DOUBLED)["duration"] == 20_000


def test_numbers_that_json_lacks_are_texts(pair: Pair) -> None:
    """Jaeger cannot answer for such a trace."""
    assert pair.jaeger.get(f"/traces/{sent.NAN.hex()}").status_code == 500 or not pair.jaeger.get(
        f"/traces/{sent.NAN.hex()}"
    ).text.startswith('{"data":[{')
    tags = {tag["key"]: tag["value"] for tag in only_span(pair.engine, sent.NAN)["tags"]}
    assert tags == {"nan": "NaN", "inf": "Infinity"}


def test_links_with_invalid_ids_are_left_out(pair: Pair) -> None:
    """The store keeps none; Jaeger shows one without a span id."""
    theirs, ours = only_span(pair.jaeger, sent.LINKED), only_span(pair.engine, sent.LINKED)
    assert [one["spanID"] for one in theirs["references"]] == ["0" * 16]
    assert ours["references"] == []
    assert len(theirs["warnings"]) == len(ours["warnings"]) == 1


def test_a_span_without_a_start_starts_when_it_ends(pair: Pair, now: int) -> None:
    """With a warning; in Jaeger it lasts since 1970."""
    theirs, ours = only_span(pair.jaeger, sent.TIMELESS), only_span(pair.engine, sent.TIMELESS)
    assert (theirs["startTime"], theirs["duration"]) == (0, now // 1000)
    assert (ours["startTime"], ours["duration"]) == (now // 1000, 0)
    assert "is missing" in ours["warnings"][0]


def test_times_beyond_int64_stand_at_its_greatest(pair: Pair) -> None:
    """With a warning; Jaeger's wrap around to numbers that Grafana cannot read."""
    theirs, ours = only_span(pair.jaeger, sent.LATE), only_span(pair.engine, sent.LATE)
    assert theirs["startTime"] > 2**63
    assert (ours["startTime"], ours["duration"]) == ((2**63 - 1) // 1000, 0)
    assert "far from when it arrived" in ours["warnings"][0]


def test_an_error_is_searched_for_by_what_it_is(pair: Pair) -> None:
    """Jaeger 2.13's memory store takes error=true for a status of OK, and knows neither kind nor status as tags."""
    for tags in ({"error": "true"}, {"span.kind": "server"}, {"otel.status_code": "ERROR"}):
        found = pair.engine.get("/traces", params={"service": "middle", "tags": json.dumps(tags)}).json()["data"]
        assert [trace["traceID"] for trace in found] == [sent.CALLS.hex()]
        assert not pair.jaeger.get("/traces", params={"service": "worker", "tags": json.dumps(tags)}).json()["data"]


def test_a_limit_that_is_none_is_refused(pair: Pair) -> None:
    """With 400, and what is expected; Jaeger fails with 500."""
    jaeger, engine = pair.answers("/traces", service="front", limit=0)
    assert (jaeger.status_code, engine.status_code) == (500, 400)
