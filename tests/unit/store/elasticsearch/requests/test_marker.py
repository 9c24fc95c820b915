"""What a marker tells of its request, and how its number is a position."""

import msgspec

from correlator.store.elasticsearch.requests.marker import NEVER, Marker, marker_of, position_of, seq_no_of
from tests.conformance.records import log, metric, span, tables, trace_id

INTERNAL, CLIENT, SERVER = 1, 3, 2


def test_a_marker_counts_what_readers_look_for() -> None:
    """Rows of each signal; errors of spans and logs; spans that are events by their kind or by their name."""
    records = tables(
        spans=[
            span(trace_id(1), 1, kind=SERVER, is_error=True),
            span(trace_id(1), 2, kind=CLIENT),
            span(trace_id(1), 3, kind=INTERNAL, name="node.execute"),
        ],
        logs=[log(1, is_error=True), log(2)],
        metrics=[metric(1)],
    )
    assert marker_of(records, 7, "me") == Marker(7, "me", spans=3, logs=2, metrics=1, errors=2, events=2)


def test_a_marker_of_nothing_counts_nothing() -> None:
    """A request whose records were all rejected has one, too."""
    assert marker_of(tables(), 7, "me") == Marker(7, "me", 0, 0, 0, 0, 0)


def test_a_marker_is_read_as_it_was_written() -> None:
    """Every field, through JSON."""
    marker = Marker(7, "me", 1, 2, 3, 4, 5)
    assert msgspec.json.decode(marker.source(), type=Marker) == marker


def test_positions_are_above_those_before_by_all_that_a_caller_may_add() -> None:
    """Whatever within a request's 64 KiB: what is behind it begins with the next marker."""
    assert seq_no_of(-1) == NEVER
    for seq_no in (0, 1, 2**40):
        assert [seq_no_of(position_of(seq_no) + added) for added in (0, 1, 65_535)] == [seq_no] * 3
        assert seq_no_of(position_of(seq_no) - 1) == seq_no - 1
