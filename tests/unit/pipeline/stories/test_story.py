"""The whole story, from any of its traces, within bounds."""

import pytest

from correlator import semconv
from correlator.doors.otlp_decode import decode
from correlator.model.limits import Limits
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.stories.story import StoryBounds, StoryReader
from correlator.store.memory import MemoryStore
from correlator.store.segments import SegmentStore
from tests.unit.pipeline.watch.watched import Watched, span, system, trace_id

N8N, BRIDGE = 0xB, 0xA


class CountingStore(MemoryStore):
    """Counts its look-ups."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def read_traces(self, trace_ids):
        self.calls.append("read_traces")
        return super().read_traces(trace_ids)

    def find_joined(self, keys, start_unix_nano, end_unix_nano, limit):
        self.calls.append("find_joined")
        return super().find_joined(keys, start_unix_nano, end_unix_nano, limit)


def broken_story(store: MemoryStore | None = None) -> Watched:
    """One execution of n8n and the bridge's trace that names it."""
    watched = Watched(store)
    watched.fail_n8n_alone(N8N, "17")
    watched.fail_bridge_alone(BRIDGE, "17")
    return watched


def story_of(watched: Watched, trace: int, **bounds: float) -> tuple[str, ...]:
    records = StoryReader(watched.store, bounds=StoryBounds(**bounds)).read(bytes.fromhex(trace_id(trace)))  # type: ignore[arg-type]
    assert records is not None
    return records.story.trace_ids


@pytest.mark.parametrize("trace", [N8N, BRIDGE])
def test_is_the_same_from_each_of_its_traces(trace):
    """An engineer may have either id in hand."""
    watched = broken_story()
    told = Investigator(watched.store).trace(trace_id(trace))
    assert told is not None
    assert (told.trace_id, told.story_id) == (trace_id(trace), trace_id(BRIDGE))
    assert told.trace_ids == (trace_id(BRIDGE), trace_id(N8N))
    assert {each.trace_id for each in told.spans} == set(told.trace_ids)
    joins = [
        (each.from_trace_id, each.to_trace_id, each.method) for each in told.edges if each.method == "execution_id"
    ]
    assert joins == [(trace_id(N8N), trace_id(BRIDGE), "execution_id")]


def test_is_explained_as_one():
    """n8n's generic error is a victim of what the worker, in the other trace, raised."""
    finding = Investigator(broken_story().store).explain(trace_id(N8N))
    assert finding is not None
    assert finding.candidates[0].component == "worker"
    assert finding.candidates[0].path[0].component == "n8n"


def test_the_one_trace_alone_is_still_to_be_had():
    """Without what belongs to it."""
    told = Investigator(broken_story().store).trace(trace_id(N8N), story=False)
    assert told is not None
    assert (told.trace_ids, {each.service_name for each in told.spans}) == ((trace_id(N8N),), {"n8n"})
    assert {(each.from_trace_id, each.to_trace_id) for each in told.edges} == {(trace_id(N8N), trace_id(N8N))}


def test_a_trace_that_shares_nothing_costs_one_look_up():
    """And is a story of its own."""
    watched = Watched(CountingStore())
    watched.fail(1)
    assert story_of(watched, 1) == (trace_id(1),)
    assert watched.store.calls == ["read_traces", "find_joined"]


def test_is_found_over_a_link_from_either_side():
    """A retried job links to what queued it; the producer's trace knows nothing of that."""
    watched = Watched()
    watched.receive(span(1, 16, None, "send", 0, kind=semconv.KIND_PRODUCER), service="bridge")
    job = span(2, 32, None, "process", 1, kind=semconv.KIND_CONSUMER)
    watched.receive(job | {"links": [{"traceId": trace_id(1), "spanId": f"{16:016x}"}]})
    assert story_of(watched, 1) == story_of(watched, 2) == (trace_id(1), trace_id(2))


def test_is_found_by_the_payload_that_a_log_record_at_n8ns_node_tells_from_either_side():
    """Nothing in the bridge's trace names the execution."""
    watched = Watched()
    payload = {semconv.PAYLOAD_HASH: "00112233aabbccdd"}
    watched.fail_n8n_alone(N8N, "17")
    watched.receive_log("Call Bridge called", "n8n", N8N, 16 * N8N + 1, **payload | {semconv.N8N_EXECUTION_ID: "17"})
    watched.receive(span(5, 82, None, "POST", -0.1, kind=semconv.KIND_SERVER, **payload), service="bridge")
    assert story_of(watched, N8N) == story_of(watched, 5) == (trace_id(5), trace_id(N8N))


def test_goes_on_over_several_traces():
    """n8n, bridge and worker, each with a trace of its own."""
    watched = Watched()
    watched.fail_n8n_alone(N8N, "17")
    ids = {semconv.N8N_EXECUTION_ID: "17"}
    watched.receive(
        span(5, 80, None, "POST", -0.5, kind=semconv.KIND_SERVER, **ids),
        span(5, 81, 80, "send", -0.6, kind=semconv.KIND_PRODUCER, **{semconv.JOB_ID: "job-1"}),
        service="bridge",
    )
    watched.receive(span(6, 96, None, "do", -0.5, kind=semconv.KIND_CONSUMER, **{semconv.JOB_ID: "job-1"}))
    assert story_of(watched, N8N) == story_of(watched, 6) == (trace_id(5), trace_id(6), trace_id(N8N))


def test_what_is_outside_the_window_is_not_looked_for():
    """Ids of n8n come again after it was set up anew."""
    watched = broken_story()
    watched.now_s = 5_000
    watched.fail_bridge_alone(3, "17")
    assert story_of(watched, 3, window_s=1_000) == (trace_id(3),)


def test_an_id_that_too_many_records_carry_is_said_and_not_joined_by():
    """What it might have joined is named."""
    watched = broken_story()
    records = StoryReader(watched.store, bounds=StoryBounds(records_per_key=1)).read(bytes.fromhex(trace_id(N8N)))
    assert records is not None
    assert records.story.trace_ids == (trace_id(N8N),)
    assert records.left_out == ("what shares execution:17: too many records carry it to join by",)
    finding = Investigator(watched.store, bounds=StoryBounds(records_per_key=1)).explain(trace_id(N8N))
    assert finding is not None
    assert finding.missing_signals[-1] == records.left_out[0]


def test_more_traces_than_may_be_read_are_counted():
    """The earliest are read."""
    watched = Watched()
    watched.fail_n8n_alone(N8N, "17")
    for trace in range(1, 8):
        watched.fail_bridge_alone(trace * 256, "17")
    records = StoryReader(watched.store, bounds=StoryBounds(max_traces=3)).read(bytes.fromhex(trace_id(N8N)))
    assert records is not None
    assert len(records.story.trace_ids) == 3
    assert "5 more traces" in records.left_out[0]


def test_a_log_without_a_trace_belongs_to_the_story_whose_execution_it_names():
    """n8n's own log lines carry no trace id."""
    watched = broken_story()
    watched.receive_log("Workflow failed", service="n8n", **{semconv.N8N_EXECUTION_ID: "17"})
    told = Investigator(watched.store).trace(trace_id(BRIDGE))
    assert told is not None
    assert [each.body for each in told.logs] == ["Workflow failed"]


def test_is_the_same_on_the_embedded_store(tmp_path):
    """Sealed or not."""
    store = SegmentStore(tmp_path, lambda frame: decode(frame, Limits(), system).tables, upkeep_interval_s=None)
    watched, reference = broken_story(store), broken_story()
    expected = Investigator(reference.store).trace(trace_id(N8N))
    assert Investigator(watched.store).trace(trace_id(N8N)) == expected
    store.seal()
    assert Investigator(watched.store).trace(trace_id(N8N)) == expected
    store.close()
