"""Route, time and payload: only where nothing else is known, and one caller fits."""

import pytest

from correlator.model.marks import Mark
from correlator.model.trace import PAYLOAD
from tests.unit.correlate.stitch.records import (
    WEBHOOK,
    Row,
    call,
    calls,
    consumer,
    execution,
    log,
    node,
    producer,
    server,
    stories,
    together,
    trace_id,
    traces_together,
    workflow,
)

HASH = {"correlator.payload.hash": "00112233aabbccdd"}
HASHES = {"correlator.payload.hash": ["ffffffff00000000", "00112233aabbccdd"]}
RETOLD = int(Mark.RECONSTRUCTED)
URL = {"url.full": "http://bridge:8080/jobs"}


def run(trace: str, number: str, *, at: tuple[float, float] = (0, 1_000), url: bool = True) -> list[Row]:
    """An execution whose webhook was sent the payload and whose HTTP Request node sent it on."""
    return [
        workflow(trace, f"run {trace}", number, at=at),
        node(trace, f"hook {trace}", f"run {trace}", node_type=WEBHOOK, at=(at[0], at[0]), attributes=HASHES),
        node(trace, f"call {trace}", f"run {trace}", at=(at[0] + 100, at[1] - 100), attributes=URL if url else {}),
    ]


def posted(trace: str = "bridge", *, start: float = 150, path: str = "/jobs", **named: str) -> Row:
    own = HASH | {"url.path": path} | named
    return server(trace, f"POST {trace}", at=(start, start + 300), attributes=own)


def told(number: int, trace: str, execution_id: str, *, path: str = "/jobs") -> list[Row]:
    """An execution whose spans carry no payload; what its HTTP Request node called with stands in a log record at it."""
    own = execution(execution_id, "w1") | HASHES | {"url.full": f"http://bridge:8080{path}"}
    return [
        workflow(trace, f"run {trace}", execution_id, at=(0, 1_000)),
        node(trace, f"call {trace}", f"run {trace}", at=(100, 900)),
        log(number, "n8n", trace=trace, on=f"call {trace}", at=100, attributes=own),
    ]


@pytest.mark.parametrize("url", [True, False])
def test_a_call_that_named_nothing_is_joined_by_its_payload(url: bool) -> None:
    """By the path that the node called, or without where that is not known; the method is the same."""
    assert calls(*run("n8n", "7", url=url), posted()) == {call(PAYLOAD, "call n8n", "POST bridge")}


def test_another_path_is_another_call() -> None:
    assert calls(*run("n8n", "7"), posted(path="/status")) == set()


@pytest.mark.parametrize("start", [-1_000, 2_500])
def test_a_node_that_did_not_run_then_did_not_call(start: float) -> None:
    assert calls(*run("n8n", "7"), posted(start=start)) == set()


def test_of_two_executions_with_one_payload_at_one_time_none_is_chosen() -> None:
    """Both are shown."""
    found = stories(*run("a", "7"), *run("b", "8"), posted())
    assert all(not story.edges for story in found)
    of_bridge = next(story for story in found if story.story_id == trace_id("bridge"))
    assert {edge.from_trace_id for edge in of_bridge.possible_edges} == {trace_id("a"), trace_id("b")}


def test_a_log_record_at_a_node_tells_what_it_called_with() -> None:
    """The span that called is the node's."""
    assert calls(*told(1, "n8n", "7"), posted()) == {call(PAYLOAD, "call n8n", "POST bridge")}


@pytest.mark.parametrize("start", [-1_000, 2_500])
def test_a_call_lies_within_the_run_of_the_node_that_a_log_record_names(start: float) -> None:
    assert calls(*told(1, "n8n", "7"), posted(start=start)) == set()


def test_a_log_record_that_names_another_path_tells_of_another_call() -> None:
    assert calls(*told(1, "n8n", "7", path="/status"), posted()) == set()


def test_of_two_log_records_with_one_payload_at_one_time_none_is_chosen() -> None:
    """Both nodes may have called."""
    found = stories(*told(1, "a", "7"), *told(2, "b", "8"), posted())
    assert all(not story.edges for story in found)
    of_bridge = next(story for story in found if story.story_id == trace_id("bridge"))
    assert {edge.from_trace_id for edge in of_bridge.possible_edges} == {trace_id("a"), trace_id("b")}


def test_a_log_record_whose_span_is_not_here_joins_nothing() -> None:
    """Nothing tells when the node ran."""
    (_, _, record), called = told(1, "n8n", "7"), posted()
    assert calls(record, called) == set()


def test_of_two_nodes_of_a_run_the_one_that_carries_the_payload_called() -> None:
    """Though both ran then, on branches of one workflow."""
    other = node("n8n", "other", "run n8n", at=(100, 900), attributes=URL)
    assert calls(*told(1, "n8n", "7"), other, posted()) == {call(PAYLOAD, "call n8n", "POST bridge")}


def test_an_execution_whose_call_was_answered_is_no_candidate() -> None:
    """Its context arrived, so that it made no call without."""
    answered = server("a", "answered", parent="call a", at=(120, 130), attributes=HASH | {"url.path": "/jobs"})
    rows = [*run("a", "7"), answered, *run("b", "8"), posted()]
    assert traces_together(*rows) == {together("a"), together("b", "bridge")}


def test_a_call_that_names_another_execution_is_not_this_ones() -> None:
    """Though payload, path and time are the same."""
    rows = [*run("n8n", "7"), posted(**execution("8"))]
    assert traces_together(*rows) == {together("n8n"), together("bridge")}


def test_one_payload_in_many_runs_after_another_is_told_by_time() -> None:
    """A schedule that always sends the same: each call is of the run that it falls into."""
    rows = [row for n in range(20) for row in run(f"n{n}", str(n), at=(n * 5_000, n * 5_000 + 1_000))]
    rows += [posted(f"b{n}", start=n * 5_000 + 150) for n in range(20)]
    assert traces_together(*rows) == {together(f"n{n}", f"b{n}") for n in range(20)}


def test_a_node_that_calls_once_for_each_item_called_them_all() -> None:
    rows = [*run("n8n", "7"), *(posted(f"b{n}", start=150 + n) for n in range(5))]
    assert traces_together(*rows) == {together("n8n", *(f"b{n}" for n in range(5)))}


def test_calls_of_one_service_with_one_payload_did_not_call_each_other() -> None:
    """They overlap, and that is all."""
    assert traces_together(posted("b0"), posted("b1", start=160)) == {together("b0"), together("b1")}


def test_a_canceled_runs_call_is_not_the_next_runs() -> None:
    """Started anew with the same payload: times tell them apart."""
    rows = [*run("canceled", "7", at=(0, 500)), *run("again", "8", at=(4_000, 5_000)), posted(start=4_150)]
    assert traces_together(*rows) == {together("canceled"), together("again", "bridge")}


def test_a_job_without_ids_is_joined_to_the_request_with_its_payload() -> None:
    """It starts soon after the request, not within it."""
    request = server("bridge", "POST", at=(0, 50), attributes=HASH)
    runs = consumer("worker", "process", "", at=(2_000, 2_100), attributes=HASH)
    assert calls(request, runs) == {call(PAYLOAD, "POST", "process")}


def test_a_job_that_another_join_explains_needs_no_payload() -> None:
    queued = producer("bridge", "send", "j1", attributes=HASH)
    like_it = producer("other", "send other", "j2", attributes=HASH)
    runs = consumer("worker", "process", "j1", at=(30, 40), attributes=HASH)
    assert traces_together(queued, like_it, runs) == {together("bridge", "worker"), together("other")}


def test_a_workflow_that_a_webhook_started_was_sent_its_body() -> None:
    """A callback of a worker whose context n8n did not get."""
    sends = consumer("worker", "process", "j1", at=(0, 500), attributes=HASH)
    started = workflow("callback", "on callback", "9", at=(400, 450))
    hook = node("callback", "hook", "on callback", node_type=WEBHOOK, at=(400, 400), attributes=HASHES)
    assert calls(sends, started, hook) == {call(PAYLOAD, "process", "on callback")}


def test_a_payload_that_everybody_sends_joins_nothing() -> None:
    """A monitor's ping: compared with each other, they would cost more than they tell."""
    rows = [posted(f"b{n}", start=n * 10_000) for n in range(501)]
    sent = [row for n in (0, 1) for row in run(f"n{n}", str(n), at=(n * 10_000, n * 10_000 + 1_000))]
    assert not any(story.edges or story.possible_edges for story in stories(*rows, *sent))


def test_what_rest_told_of_a_node_still_counts_once_n8n_has_told_of_it_too() -> None:
    """Hashes are only in what was rebuilt; the caller is n8n's own span."""
    hook, call_node = ({"n8n.node.name": name} for name in ("Webhook", "Call"))
    rows = [
        workflow("n8n", "run", "7", at=(0, 1_000)),
        node("n8n", "rebuilt hook", "run", node_type=WEBHOOK, at=(0, 0), marks=RETOLD, attributes=HASHES | hook),
        node("n8n", "rebuilt call", "run", at=(100, 900), marks=RETOLD, attributes=URL | call_node),
        posted(),
    ]
    assert calls(*rows) == {call(PAYLOAD, "rebuilt call", "POST bridge")}
    own = [
        node("n8n", "own hook", "run", node_type=WEBHOOK, at=(0, 0), attributes=hook),
        node("n8n", "own call", "run", at=(100, 900), attributes=call_node),
    ]
    assert calls(*rows, *own) == {call(PAYLOAD, "own call", "POST bridge")}
