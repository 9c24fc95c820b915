"""What every store must give of traces asked for by id: read_trace and read_traces."""

from random import Random

import pytest

from correlator.model.marks import Mark
from correlator.model.tables import concat
from correlator.store.contract import Store, TraceQuery
from tests.conformance.records import (
    SECOND,
    T0,
    generated_trace,
    log,
    span,
    span_id,
    tables,
    trace_id,
)
from tests.conformance.stores import Settle, put, rows


def test_an_unknown_trace_is_empty(store: Store, settle: Settle) -> None:
    """Absence is a normal answer, with the right schemas."""
    put(store, settle, tables(spans=[span(trace_id(1), 1)]))
    found = store.read_trace(trace_id(2))
    assert (found.spans.num_rows, found.logs.num_rows) == (0, 0)


def test_a_trace_is_found_across_requests(store: Store, settle: Settle) -> None:
    """Spans that came one by one are all there, each once."""
    trace = trace_id(1)
    for number in range(6):
        put(store, settle, tables(spans=[span(trace, number), span(trace_id(100 + number), number)]))
    assert sorted(store.read_trace(trace).spans["span_id"].to_pylist()) == sorted(span_id(n) for n in range(6))


def test_a_span_sent_twice_is_there_once(store: Store, settle: Settle) -> None:
    """Of two that differ, the one that ended last is kept, whichever came first."""
    for number, ends in enumerate(((10, 20), (20, 10))):
        trace = trace_id(number)
        for end in ends:
            put(store, settle, tables(spans=[span(trace, 1, end_time_unix_nano=T0 + end)]))
        assert store.read_trace(trace).spans["end_time_unix_nano"].to_pylist() == [T0 + 20]


def test_a_span_that_another_told_of_gives_way(store: Store, settle: Settle) -> None:
    """The sender's own is kept, whichever came first, and though the other ended later."""
    for number, marks in enumerate(((0, Mark.RECONSTRUCTED), (Mark.RECONSTRUCTED, 0))):
        for mark in marks:
            told = span(trace_id(number), 1, marks=int(mark), end_time_unix_nano=T0 + 10 + 10 * mark)
            put(store, settle, tables(spans=[told]))
        assert store.read_trace(trace_id(number)).spans["marks"].to_pylist() == [0]
        assert store.scan("traces", T0, T0 + 9 * SECOND, ("end_time_unix_nano",))[0].unique().to_pylist() == [T0 + 10]


def test_a_span_repeated_in_one_request_is_there_once(store: Store, settle: Settle) -> None:
    """Repeats within a request count as one, too."""
    put(store, settle, tables(spans=[span(trace_id(1), 1), span(trace_id(1), 1), span(trace_id(1), 2)]))
    assert store.read_trace(trace_id(1)).spans.num_rows == 2
    assert store.scan("traces", T0, T0 + 9 * SECOND, ("name",)).num_rows == 2


@pytest.mark.parametrize("padded", [bytes(8) + trace_id(1)[8:], trace_id(1)[:8] + bytes(8)])
def test_traces_that_share_half_an_id_are_told_apart(store: Store, settle: Settle, padded: bytes) -> None:
    """Ids of 64 bits padded with zeros are common; only the whole id counts."""
    twin = bytes(octet ^ 1 if octet else 0 for octet in padded)
    put(store, settle, tables(spans=[span(padded, 1), span(twin, 2), span(trace_id(3), 3)]))
    put(store, settle, tables(logs=[log(1, padded), log(2, twin), log(3)]))
    for trace, number in ((padded, 1), (twin, 2)):
        found = store.read_trace(trace)
        assert found.spans["span_id"].to_pylist() == [span_id(number)]
        assert found.logs["body"].to_pylist() == [f"message {number}"]


def test_traces_that_share_half_an_id_are_told_apart_over_requests(store: Store, settle: Settle) -> None:
    """Ids of one second that begin with it are common, too; in a list each keeps its own start and spans."""
    early, late = (trace_id(1)[:8] + trace_id(number)[8:] for number in (1, 2))
    for number, trace in ((5, late), (3, early), (1, trace_id(9)), (7, late)):
        put(store, settle, tables(spans=[span(trace, number, is_error=trace == early)], logs=[log(number, trace)]))
    listed = store.find_traces(TraceQuery(error=False)).traces
    starts = [(one.trace_id, one.start_time_unix_nano, one.spans) for one in listed]
    assert starts == [(late.hex(), T0 + 5 * SECOND, 2), (trace_id(9).hex(), T0 + SECOND, 1)]
    assert store.read_trace(early).num_rows == 2
    assert store.read_traces([early]).num_rows == 2


def test_traces_read_together_are_those_read_alone(store: Store, settle: Settle) -> None:
    """Known and unknown ids, in any order, one of them twice; spans that were sent again count once."""
    random = Random(5)
    traces = [generated_trace(random, number) for number in range(12)]
    for first in range(3):
        spans = [one for trace in traces for one in trace[first::3]] + traces[first]
        put(store, settle, tables(spans, [log(first, one["trace_id"]) for one in spans] + [log(9)]))
    asked = [trace[0]["trace_id"] for trace in traces[::2]]
    found = store.read_traces([*asked, trace_id(77), asked[0]])
    alone = concat([store.read_trace(one) for one in asked])
    assert rows(found.spans) == rows(alone.spans)
    assert rows(found.logs) == rows(alone.logs)
    assert found.spans.num_rows == len({one["span_id"] for trace in traces[::2] for one in trace})


def test_no_traces_are_empty_tables(store: Store, settle: Settle) -> None:
    """Asked for none, or for one that is not there."""
    put(store, settle, tables(spans=[span(trace_id(1), 1)]))
    assert [store.read_traces(ids).num_rows for ids in ([], [trace_id(2)])] == [0, 0]
