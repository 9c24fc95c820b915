"""Requests that are decoded once."""

from correlator.model.tables import Tables
from correlator.pipeline.recent_tables import REQUEST_BYTES, RecentTables
from correlator.store.contract import Frame
from tests.conformance.records import decode, frame_of, span, tables, trace_id


def request(number: int) -> tuple[Frame, Tables]:
    records = tables([span(trace_id(number), number)])
    return frame_of(records, arrival_unix_nano=number), records


def test_what_was_kept_is_given_once() -> None:
    """The next time it is decoded, to the same."""
    frame, records = request(1)
    recent = RecentTables(2**20)
    recent.keep(frame, records)
    asked: list[Frame] = []

    def decode_and_tell(wanted: Frame) -> Tables:
        asked.append(wanted)
        return decode(wanted)

    tables_of = recent.or_decode(decode_and_tell)
    assert tables_of(frame) is records
    assert tables_of(frame) == records
    assert asked == [frame]


def test_two_requests_of_one_time_or_of_one_content_are_two() -> None:
    """Each has its own tables."""
    frame, records = request(1)
    other, _ = request(2)
    recent = RecentTables(2**20)
    recent.keep(frame, records)
    tables_of = recent.or_decode(lambda _: Tables())
    assert tables_of(Frame(frame.signal, frame.encoding, 2, frame.payload)).num_rows == 0
    assert tables_of(Frame(frame.signal, frame.encoding, 1, other.payload)).num_rows == 0
    assert tables_of(frame) is records


def test_the_oldest_make_room() -> None:
    """And what is larger than all the room is not kept."""
    requests = [request(number) for number in range(4)]
    size = sum(REQUEST_BYTES + len(frame.payload) + records.spans.nbytes for frame, records in requests[:2])
    recent = RecentTables(size + 10)
    for frame, records in requests:
        recent.keep(frame, records)
    tables_of = recent.or_decode(lambda _: Tables())
    assert [tables_of(frame).num_rows for frame, _ in requests] == [0, 0, 1, 1]
    none = RecentTables(10)
    none.keep(*requests[0])
    assert none.or_decode(lambda _: Tables())(requests[0][0]).num_rows == 0


def test_many_small_requests_take_no_more_than_few_large_ones() -> None:
    """A table's columns take room of their own, however few values they have."""
    recent = RecentTables(10 * REQUEST_BYTES)
    requests = [request(number) for number in range(20)]
    for frame, records in requests:
        recent.keep(frame, records)
    tables_of = recent.or_decode(lambda _: Tables())
    assert 0 < sum(tables_of(frame).num_rows for frame, _ in requests) < 10
