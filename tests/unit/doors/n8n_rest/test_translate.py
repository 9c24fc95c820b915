"""Executions told again: as n8n's own spans have them, and what n8n's spans lack."""

from copy import deepcopy
from typing import Any, Final

import pytest

from correlator import semconv
from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.doors.n8n_rest.identity import SpanRef
from correlator.doors.n8n_rest.spans import Resumed
from correlator.doors.n8n_rest.translate import Reported
from correlator.model.marks import Mark
from correlator.model.span import Span
from tests.unit.correlate.n8n_recordings import REGULAR, recorded_traces
from tests.unit.doors.n8n_rest.recorded import UNTRACED, documents, log, requests_of, spans

LACKING: Final = {"n8n.project.id"}
"""What n8n's own spans say and its API does not."""
ADDED: Final = {
    semconv.N8N_EXECUTION_PARENT_ID,
    semconv.PAYLOAD_HASH,
    semconv.URL_FULL,
    semconv.HTTP_RESPONSE_STATUS_CODE,
    semconv.ERROR_TYPE,
}
"""What n8n's API says and its own spans do not."""
WITHOUT_DATA: Final = {"62", "83", "88"}  # recorded without their data
RESUMED: Final = {"67"}  # their Webhook's part was told by a span of its own
CANCELED: Final = {"76"}  # n8n deletes their data
CALLERS: Final = {"51": "47"}
CONTINUED: Final = ("48", "Call Bridge")  # continues on error: success for n8n
MS: Final = 1_000_000
EARLIER_MS: Final = 500  # a row's start against the span's: what n8n does in between


def own_spans() -> dict[str, Span]:
    """Execution id to the last workflow span that n8n sent of it."""
    traces = recorded_traces(REGULAR).values()
    sent = [span for trace in traces for span in trace if span.name == semconv.N8N_WORKFLOW_SPAN]
    return {span.attributes[semconv.N8N_EXECUTION_ID]: span for span in sent}


def own_nodes(workflow: Span) -> dict[str, Span]:
    below = [span for span in recorded_traces(REGULAR)[workflow.trace_id] if span.parent_span_id == workflow.span_id]
    return {span.attributes[semconv.N8N_NODE_NAME]: span for span in below if span.name == semconv.N8N_NODE_SPAN}


def caller_of(execution_id: str) -> SpanRef | None:
    own = own_spans().get(CALLERS.get(execution_id, ""))
    return SpanRef(bytes.fromhex(own.trace_id), bytes.fromhex(own.span_id)) if own else None


def comparable(span: Span) -> dict[str, Any]:
    """Attributes that both sides tell; an empty text and none are the same."""
    kept = {key: value for key, value in span.attributes.items() if key not in LACKING | ADDED and value != ""}
    return {key: int(value) if key in (semconv.N8N_WORKFLOW_NODE_COUNT,) else value for key, value in kept.items()}


BOTH: Final = sorted(documents().keys() & own_spans().keys(), key=int)


@pytest.mark.parametrize("execution_id", BOTH)
def test_a_workflow_span_has_the_ids_name_and_status_of_n8ns_own(execution_id: str) -> None:
    """Trace id and span id come from tracingContext."""
    own, (told, *_) = own_spans()[execution_id], spans(documents()[execution_id], parent=caller_of(execution_id))
    assert (told.trace_id, told.span_id, told.name, told.kind) == (own.trace_id, own.span_id, own.name, own.kind)
    assert (told.status_code, told.is_error) == (own.status_code, own.is_error)
    assert told.system == system_of({}, semconv.N8N_SCOPE, DEFAULT_RULES) == "n8n"


@pytest.mark.parametrize("execution_id", [each for each in BOTH if each not in WITHOUT_DATA | RESUMED])
def test_a_workflow_span_has_the_parent_and_attributes_of_n8ns_own(execution_id: str) -> None:
    """All of them but the project, which n8n's API does not tell."""
    own, (told, *_) = own_spans()[execution_id], spans(documents()[execution_id], parent=caller_of(execution_id))
    assert told.parent_span_id == own.parent_span_id
    assert comparable(told) == comparable(own)


@pytest.mark.parametrize("execution_id", [each for each in BOTH if each not in WITHOUT_DATA])
def test_times_are_close_to_those_of_n8ns_own_spans(execution_id: str) -> None:
    """A row's start is up to some 100 ms before the span's; its end is within the span's by as little."""
    if execution_id in RESUMED:
        return
    own, (told, *_) = own_spans()[execution_id], spans(documents()[execution_id])
    assert 0 <= own.start_time_unix_nano - told.start_time_unix_nano <= EARLIER_MS * MS
    assert abs(own.end_time_unix_nano - told.end_time_unix_nano) <= EARLIER_MS * MS


@pytest.mark.parametrize("execution_id", [each for each in BOTH if each not in WITHOUT_DATA | RESUMED | CANCELED])
def test_node_spans_are_those_that_n8n_told(execution_id: str) -> None:
    """The same nodes, items and outcomes; a failed HTTP request even has n8n's own span id."""
    own = own_nodes(own_spans()[execution_id])
    told = {span.attributes[semconv.N8N_NODE_NAME]: span for span in spans(documents()[execution_id])[1:]}
    assert told.keys() == own.keys()
    for name, span in told.items():
        assert comparable(span) == comparable(own[name])
        assert abs(span.start_time_unix_nano - own[name].start_time_unix_nano) <= 2 * MS
        assert span.is_error == own[name].is_error or (execution_id, name) == CONTINUED
        if span.is_error and "http" in span.attributes[semconv.N8N_NODE_TYPE] and (execution_id, name) != CONTINUED:
            assert span.span_id == own[name].span_id


@pytest.mark.parametrize("execution_id", BOTH)
def test_exceptions_are_those_that_n8n_told(execution_id: str) -> None:
    """Type, message and stack, on the workflow span as on the node's."""
    own, (told, *_) = own_spans()[execution_id], spans(documents()[execution_id])
    if execution_id in WITHOUT_DATA:
        return
    keys = (semconv.EXCEPTION_TYPE, semconv.EXCEPTION_MESSAGE, semconv.EXCEPTION_STACKTRACE)
    assert [[event.attributes.get(key) for key in keys] for event in told.events] == [
        [event.attributes.get(key) for key in keys] for event in own.events
    ]


def test_reconstructed_spans_are_marked() -> None:
    """They give way to n8n's own."""
    assert all(span.marks & Mark.RECONSTRUCTED for span in spans(documents()["44"]))


def test_a_failure_has_one_log_record_with_the_upstream_detail() -> None:
    """n8n's span says that the service could not process the request; the record says what the service answered."""
    record = log(documents()["44"])
    assert record is not None and record.is_error
    told = record.attributes
    assert told[semconv.EXCEPTION_TYPE] == "NodeApiError"
    assert told[semconv.EXCEPTION_MESSAGE] == "The service was not able to process your request: bridge exploded"
    assert told[semconv.HTTP_RESPONSE_STATUS_CODE] == 500
    assert '"E_BRIDGE' in told[semconv.N8N_ERROR_UPSTREAM]
    assert told[semconv.N8N_NODE_NAME] == "Call Bridge"
    assert told[semconv.URL_FULL] == "http://127.0.0.1:18080/jobs/fail"
    assert record.trace_id == own_spans()["44"].trace_id
    assert record.span_id == own_nodes(own_spans()["44"])["Call Bridge"].span_id


def test_what_n8n_told_itself_is_not_told_again() -> None:
    """Only the detail of a failure is left to tell, at n8n's own node span."""
    reported = Reported(is_whole=True, nodes={"Boom": bytes.fromhex("d42ae8d5dd157bdb"), "Webhook": b"x" * 8})
    assert spans(documents()["46"], reported) == []
    record = log(documents()["46"], reported)
    assert record is not None and record.span_id == "d42ae8d5dd157bdb"


def test_where_n8n_told_of_some_nodes_only_all_are_told() -> None:
    """Its own go first wherever both are."""
    reported = Reported(is_whole=True, nodes={"Webhook": b"x" * 8})
    assert len(spans(documents()["64"], reported)) == 5


def test_an_execution_is_told_with_the_same_bytes_each_time() -> None:
    """So that sending it again changes nothing."""
    for document in documents().values():
        assert requests_of(document) == requests_of(deepcopy(document))


def test_a_retry_leaves_out_what_it_took_over() -> None:
    """The first nodes ran in the execution that it repeats."""
    workflow, *nodes = spans(documents()["80"])
    assert [node.attributes[semconv.N8N_NODE_NAME] for node in nodes] == ["Call Bridge"]
    assert workflow.attributes[semconv.N8N_EXECUTION_RETRY_OF] == "60"
    assert workflow.attributes[semconv.N8N_EXECUTION_IS_RETRY] is True


def test_seconds_after_a_crash_are_not_taken_for_milliseconds() -> None:
    """n8n's crash recovery writes startTime in seconds: node spans lie within their execution all the same."""
    workflow, *nodes = spans(documents()["78"])
    assert {node.attributes[semconv.N8N_NODE_NAME] for node in nodes} == {"Webhook", "Sleep"}
    for node in nodes:
        assert workflow.start_time_unix_nano <= node.start_time_unix_nano <= workflow.end_time_unix_nano
        assert semconv.N8N_NODE_ITEMS_OUTPUT not in node.attributes  # made up by the recovery
    record = log(documents()["78"])
    assert record is not None and record.attributes[semconv.N8N_NODE_NAME] == "Sleep"
    assert workflow.start_time_unix_nano <= record.time_unix_nano <= workflow.end_time_unix_nano


def test_a_canceled_execution_is_no_failure() -> None:
    """n8n deletes its run data; its trace and its caller are known all the same."""
    (workflow,) = spans(documents()["76"])
    assert (workflow.is_error, workflow.attributes[semconv.N8N_EXECUTION_STATUS]) == (False, "canceled")
    assert workflow.parent_span_id == own_spans()["76"].parent_span_id
    assert log(documents()["76"]) is None


def test_a_node_that_continues_on_error_is_a_failure_of_the_node_alone() -> None:
    """n8n calls node and workflow a success; the item that goes on has the error."""
    workflow, *nodes = spans(documents()["48"])
    failed = [node for node in nodes if node.is_error]
    assert [node.attributes[semconv.N8N_NODE_NAME] for node in failed] == ["Call Bridge"]
    assert failed[0].attributes[semconv.HTTP_RESPONSE_STATUS_CODE] == 500
    assert not workflow.is_error and log(documents()["48"]) is None


def test_the_part_after_a_wait_continues_the_part_before() -> None:
    """A link and the parent lead to the first part; its nodes are not told again."""
    first = bytes.fromhex("52d68be62c9b16f4")
    before = SpanRef(bytes.fromhex(own_spans()["67"].trace_id), first)
    reported = Reported(resumed=Resumed(first, 1_795_234_174_315 * MS))
    workflow, *nodes = spans(documents()["67"], reported, before)
    own = own_spans()["67"]
    assert (workflow.span_id, workflow.parent_span_id) == (own.span_id, own.parent_span_id)
    assert workflow.links == own.links
    assert [node.attributes[semconv.N8N_NODE_NAME] for node in nodes] == ["Wait", "Call Bridge"]
    assert abs(workflow.start_time_unix_nano - own.start_time_unix_nano) <= 2 * MS


def test_a_waiting_execution_is_told_as_waiting() -> None:
    """As n8n's own span of the first part."""
    document = deepcopy(documents()["67"]) | {"status": "waiting"}
    (workflow, *_) = spans(document)
    assert (workflow.attributes[semconv.N8N_EXECUTION_STATUS], workflow.is_error) == ("waiting", False)


def test_without_n8ns_own_tracing_the_inbound_header_is_the_parent() -> None:
    """tracingContext holds the caller's header then, and no span of n8n's."""
    (workflow, *nodes) = spans(documents(UNTRACED)["15"])
    assert workflow.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert workflow.parent_span_id == "b7ad6b7169203331"
    assert workflow.span_id not in ("b7ad6b7169203331", "0000000000000000")
    assert {node.parent_span_id for node in nodes} == {workflow.span_id}


def test_without_any_trace_context_ids_are_derived_and_join_the_callers_trace() -> None:
    """An error workflow and a sub-workflow name the execution that they belong to."""
    parent, child = spans(documents(UNTRACED)["17"])[0], spans(documents(UNTRACED)["18"])[0]
    assert parent.trace_id != child.trace_id
    assert child.attributes[semconv.N8N_EXECUTION_PARENT_ID] == "17"
    ref = SpanRef(bytes.fromhex(parent.trace_id), bytes.fromhex(parent.span_id))
    joined = spans(documents(UNTRACED)["18"], parent=ref)[0]
    assert (joined.trace_id, joined.parent_span_id, joined.span_id) == (parent.trace_id, parent.span_id, child.span_id)
    assert spans(documents(UNTRACED)["14"])[0].attributes[semconv.N8N_EXECUTION_PARENT_ID] == "10"


def test_an_id_that_comes_again_after_a_reset_is_another_execution() -> None:
    """The time of creation is part of the derived ids."""
    again = documents(UNTRACED)["17"] | {"createdAt": "2026-12-24T00:00:00.000Z"}
    assert spans(again)[0].trace_id != spans(documents(UNTRACED)["17"])[0].trace_id


def test_each_run_of_a_node_is_a_span_of_its_own() -> None:
    """A node in a loop ran many times."""
    document = deepcopy(documents()["64"])
    runs = document["data"]["resultData"]["runData"]["Call Bridge"]
    runs.append(deepcopy(runs[0]) | {"startTime": runs[0]["startTime"] + 5})
    calls = [each for each in spans(document) if each.attributes.get(semconv.N8N_NODE_NAME) == "Call Bridge"]
    assert len({call.span_id for call in calls}) == 2


def test_of_too_many_runs_failed_ones_are_kept() -> None:
    """max_nodes bounds an execution of a thousand loops; how many are missing is said."""
    document = deepcopy(documents()["44"])
    run_data = document["data"]["resultData"]["runData"]
    run_data["Webhook"] = [run_data["Webhook"][0]] * 1_500
    workflow, *nodes = spans(document)
    assert len(nodes) == 1_000
    assert workflow.attributes[semconv.N8N_NODE_RUNS_DROPPED] == 501
    assert sum(node.is_error for node in nodes) == 1


@pytest.mark.parametrize("odd", [None, [], "x", {}, 1e300])
def test_a_document_of_another_shape_is_read_as_far_as_it_goes(odd: Any) -> None:
    """Each part of a real document replaced in turn: nothing is raised, and there is something to tell."""
    whole = documents()["80"]
    for path in paths(whole, depth=7):
        document = deepcopy(whole)
        replace_at(document, path, odd)
        assert requests_of(document).traces


def paths(value: Any, depth: int, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [each for key, child in children if depth for each in paths(child, depth - 1, (*path, key))]
    return ([path] if path else []) + below


def replace_at(document: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value
