"""GET /jaeger/api."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from correlator.errors import StoreError, Unavailable
from tests.unit.doors.otlp_frames import attribute, trace_request
from tests.unit.serve.api import NOW, TRACE_ID, Api, make_api, make_failed_api
from tests.unit.serve.broken_story import BRIDGE_TRACE, N8N_TRACE, make_broken_api

MICROS = NOW // 1_000
SECOND = 10**9


@pytest.fixture
def api() -> Api:
    """Over the failing trace, asked a second after it."""
    return make_failed_api(clock_unix_nano=lambda: NOW + SECOND)


@pytest.fixture(scope="module")
def unchanged_api() -> Api:
    """The same, for tests that only ask."""
    return make_failed_api(clock_unix_nano=lambda: NOW + SECOND)


@pytest.fixture(scope="module")
def searched_api() -> Api:
    """Over a client's span with all sorts of attributes, of its process and an event too."""
    api = make_api(clock_unix_nano=lambda: NOW + SECOND)
    values: dict[str, dict[str, Any]] = {
        "a": {"int_value": 1},
        "kind": {"string_value": "x:y"},
        "list": {"array_value": {"values": [{"int_value": 1}, {"double_value": 2.5}]}},
        "huge": {"int_value": 2**63 - 1},
        "half": {"double_value": 0.5},
        "yes": {"bool_value": True},
    }
    attributes = [attribute(key, **value) for key, value in values.items()]
    event = {"name": "retried", "attributes": [attribute("why", string_value="E")]}
    times = {"start_time_unix_nano": NOW, "end_time_unix_nano": NOW + SECOND // 4}
    request = trace_request({"kind": 3, "attributes": attributes, "events": [event]} | times)
    request.resource_spans[0].resource.attributes.add(key="host.name").value.string_value = "h"
    api.add(request.SerializeToString())
    return api


def data(api: Api, path: str, **query: Any) -> Any:
    answer = api.get(f"/jaeger/api/{path}?{urlencode(query, doseq=True)}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def ids(api: Api, **query: Any) -> list[str]:
    return [trace["traceID"] for trace in data(api, "traces", **query)]


def refusal(api: Api, path: str, status: int) -> str:
    """The message of a failure, which comes in Jaeger's envelope."""
    answer = api.get(f"/jaeger/api/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert {**body, "errors": 1} == {"data": None, "total": 0, "limit": 0, "offset": 0, "errors": 1}
    (error,) = body["errors"]
    assert error["code"] == status
    message: str = error["msg"]
    return message


def add(api: Api, number: int = 1, **span: Any) -> str:
    """A span of the service bridge, a trace of its own; its trace id."""
    trace = number.to_bytes(16, "big")
    times = {"start_time_unix_nano": NOW, "end_time_unix_nano": NOW + SECOND // 4}
    api.add(trace_request({"trace_id": trace} | times | span).SerializeToString())
    return trace.hex()


def test_services_and_what_they_do_are_listed(api: Api) -> None:
    """By name, each once, with how many there are."""
    assert api.get("/jaeger/api/services").json() == {
        "data": ["invoice-worker", "n8n"],
        "total": 2,
        "limit": 0,
        "offset": 0,
        "errors": None,
    }
    assert data(api, "services/n8n/operations") == ["workflow.execute"]
    assert data(api, "operations", service="n8n") == [{"name": "workflow.execute", "spanKind": "internal"}]
    assert data(api, "operations", service="n8n", spanKind="server") == []
    assert data(api, "services/nobody/operations") == []


@pytest.mark.parametrize("written", ["a/b c", quote("a/b c", safe=""), "a%2Fb%20c"])
def test_a_service_may_have_slashes_in_its_name(api: Api, written: str) -> None:
    """Escaped or not."""
    request = trace_request({"start_time_unix_nano": NOW, "end_time_unix_nano": NOW})
    request.resource_spans[0].resource.attributes[0].value.string_value = "a/b c"
    api.add(request.SerializeToString())
    assert data(api, f"services/{written}/operations") == ["work"]


def test_what_was_a_week_ago_is_no_longer_listed() -> None:
    """It can still be searched."""
    api = make_failed_api(clock_unix_nano=lambda: NOW + 8 * 86_400 * SECOND)
    assert data(api, "services") == []
    assert ids(api, service="n8n", start=MICROS, end=MICROS) == [TRACE_ID]


def test_a_trace_is_answered_with_its_own_spans() -> None:
    """Under /jaeger/stories with those of its story, joined as a warning says."""
    api = make_broken_api()
    (alone,) = data(api, f"traces/{N8N_TRACE}")
    assert len(alone["spans"]) == 2
    (story,) = api.get(f"/jaeger/stories/api/traces/{N8N_TRACE}").json()["data"]
    assert {story["traceID"]} == {span["traceID"] for span in story["spans"]} == {N8N_TRACE[16:]}
    assert len(story["spans"]) == 5
    (joined,) = [span for span in story["spans"] if "joined to" in str(span["warnings"])]
    assert {"key": "correlator.trace_id", "type": "string", "value": BRIDGE_TRACE} in joined["tags"]
    assert joined["references"][0]["refType"] == "CHILD_OF"
    assert joined["references"][0]["spanID"] in {span["spanID"] for span in alone["spans"]}


@pytest.mark.parametrize("written", ["ab", "AB", "00000000000000ab", "0" * 30 + "aB"])
def test_trace_ids_are_padded_and_of_either_case(api: Api, written: str) -> None:
    """And shown as Jaeger shows those of 64 bits."""
    add(api, 0xAB)
    (trace,) = data(api, f"traces/{written}", start=MICROS, end="")
    assert trace["traceID"] == "00000000000000ab"
    assert ids(api, traceID=written) == ["00000000000000ab"]


def test_a_trace_of_logs_alone_is_none(api: Api) -> None:
    """Viewers expect a span."""
    log = {"timeUnixNano": str(NOW), "traceId": "1" * 32, "body": {"stringValue": "hm"}}
    api.add(json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]}).encode(), "logs", "json")
    assert "no trace " + "1" * 32 in refusal(api, "traces/" + "1" * 32, 404)


def test_traces_asked_for_by_id_come_with_word_of_the_missing(api: Api) -> None:
    """Each once, in the order that they were asked for."""
    other = add(api, 2**127)
    answer = api.get(f"/jaeger/api/traces?traceID={other}&traceID=1&traceID={TRACE_ID}&traceID={other}").json()
    assert [trace["traceID"] for trace in answer["data"]] == [other, TRACE_ID]
    assert answer["errors"] == [{"msg": "no trace " + "1".zfill(32)}]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, True),
        ({"operation": "work"}, True),
        ({"operation": "wor"}, False),
        ({"operation": "", "minDuration": "", "start": "", "limit": ""}, True),
        ({"minDuration": "250ms", "maxDuration": "250ms"}, True),
        ({"minDuration": "250001us"}, False),
        ({"maxDuration": "0.2s"}, False),
        ({"maxDuration": "0"}, True),
        ({"start": MICROS, "end": MICROS}, True),
        ({"start": MICROS + 1}, False),
        ({"end": MICROS - 1}, False),
        ({"start": -5, "end": 10**30}, True),
        ({"lookback": "custom"}, True),
        ({"tag": "a:1"}, True),
        ({"tag": ["a:1", "kind:x:y"]}, True),
        ({"tag": ["a:1", "kind:x"]}, False),
        ({"tags": '{"a":"1","span.kind":"client"}'}, True),
        ({"tags": '{"host.name":"h"}'}, True),
        ({"tags": '{"why":"E","event":"retried"}'}, True),
        ({"tags": '{"list":"[1,2.5]"}'}, True),
        ({"tags": '{"huge":"9223372036854775807","half":"0.5","yes":"true"}'}, True),
        ({"tags": '{"a":"2"}'}, False),
        ({"tags": '{"a":"1"}', "operation": "other"}, False),
        ({"tags": '{"error":"true"}'}, False),
        ({"tags": '{"error":"false"}'}, True),
        ({"service": "n8n", "tags": '{"error":"true"}'}, False),
    ],
    ids=str,
)
def test_a_search_asks_for_one_span_that_satisfies_all(searched_api: Api, query: dict[str, Any], found: bool) -> None:
    """Nothing given is nothing asked for; tags are those of the span, its process and its events, as text."""
    assert bool(ids(searched_api, **({"service": "bridge"} | query))) is found


def test_an_error_is_what_the_engine_holds_for_one(api: Api) -> None:
    """Also where the status does not say so; then no tag does."""
    answered = add(api, 2**127, kind=2, attributes=[attribute("http.response.status_code", int_value=503)])
    assert ids(api, service="bridge", tags='{"error":"true"}') == [answered]
    assert ids(api, service="bridge", tags='{"error":"false"}') == []


def test_the_newest_come_first_and_no_more_than_asked_for(api: Api) -> None:
    """Over several pages of the store."""
    added = [add(api, 2**127 + number, start_time_unix_nano=NOW + number) for number in range(250)]
    newest = added[::-1]
    assert ids(api, service="bridge", limit=3) == newest[:3]
    assert ids(api, service="bridge") == newest[:100]
    assert ids(api, service="bridge", limit=1000) == newest
    assert ids(api, service="bridge", limit=120, tag="span.kind:") == []
    assert ids(api, service="bridge", limit=120, tag="otel.status_code:OK") == []


def test_calls_between_services_are_counted(api: Api) -> None:
    """Up to endTs, a day back unless told; only of one service where that is given."""
    call = {"parent": "n8n", "child": "invoice-worker", "callCount": 1}
    assert data(api, "dependencies") == [call]
    assert data(api, "dependencies", endTs=NOW // 10**6 + 1, lookback=2) == [call]
    assert data(api, "dependencies", endTs=NOW // 10**6) == []
    assert data(api, "dependencies", service="n8n") == [call]
    assert data(api, "dependencies", service="bridge") == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("operations", "service"),
        ("operations?service=", "service"),
        ("traces", "'service' is required"),
        ("traces?service=n8n&start=yesterday", "start 'yesterday': an integer"),
        ("traces?service=n8n&limit=0", "1 to 1000"),
        ("traces?service=n8n&limit=1001", "1 to 1000"),
        ("traces?service=n8n&minDuration=5", "a number and a unit"),
        ("traces?service=n8n&minDuration=2s&maxDuration=1s", "maxDuration is less"),
        ("traces?service=n8n&tag=a", "key:value"),
        ("traces?service=n8n&tags=a", "no JSON object of texts"),
        ('traces?service=n8n&tags={"a":1}', "no JSON object of texts"),
        ("traces?traceID=xyz", "1 to 32 hex digits"),
        ("traces/xyz", "1 to 32 hex digits"),
        ("traces/" + "1" * 33, "1 to 32 hex digits"),
        ("traces/1?start=1.5", "an integer"),
        ("dependencies?endTs=now", "an integer"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_expected(unchanged_api: Api, path: str, message: str) -> None:
    """As 400."""
    assert message in refusal(unchanged_api, path, 400)


def test_a_store_that_cannot_answer_says_when_to_ask_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A range too long for the service graph."""

    def refuse(*_: Any) -> None:
        raise Unavailable("ask for a shorter range", retry_after_s=7)

    def break_down(*_: Any) -> None:
        raise StoreError("segment 17 is damaged")

    monkeypatch.setattr(api.store, "service_graph", refuse)
    assert refusal(api, "dependencies", 503) == "ask for a shorter range"
    assert api.get("/jaeger/api/dependencies").headers["retry-after"] == "7"
    monkeypatch.setattr(api.store, "service_graph", break_down)
    assert "17" not in refusal(api, "dependencies", 503)


def test_the_token_is_asked_for_here_too() -> None:
    """On both prefixes."""
    api = make_failed_api(bearer_token="s3cret")
    for prefix in ("/jaeger/api", "/jaeger/stories/api"):
        assert api.get(f"{prefix}/services").status_code == 401
        assert api.get(f"{prefix}/services", authorization="Bearer s3cret").status_code == 200
