"""Batches, offsets and plans of one partition."""

from random import Random

import pytest

from correlator.doors.kafka.batch import Batch, Message, Source
from correlator.doors.kafka.partition import AT_HAND, PLAN_BYTES, Commit, Partition, read_plan, written_plan

SOURCE = Source("shop", "otlp_spans", 0, "traces")
WHOLE = b"\x0a\x02ab"  # four bytes that can be joined
ODD = b"{}"


def partition(kept: Commit | None = None, batch_bytes: int = 12) -> Partition:
    return Partition(SOURCE, kept, batch_bytes)


def fed(into: Partition, *offsets: int, payload: bytes = WHOLE) -> list[Batch]:
    for offset in offsets:
        into.take(Message(offset, payload))
    into.pause_for_more()
    return named(into)


def named(of: Partition) -> list[Batch]:
    """Its batches, once Kafka has the plan."""
    of.kept = of.commit() or of.kept
    return of.unrecorded()


def bounds(batches: list[Batch]) -> list[tuple[int, int]]:
    return [(batch.start, batch.end) for batch in batches]


def test_batches_end_at_their_size_and_where_nothing_more_is_there() -> None:
    """Three messages of four bytes fill twelve."""
    assert bounds(fed(partition(), *range(7))) == [(0, 3), (3, 6), (6, 7)]


def test_a_message_that_cannot_be_joined_is_alone() -> None:
    """Its neighbours are not."""
    one = partition()
    one.take(Message(0, WHOLE))
    one.take(Message(1, ODD))
    one.take(Message(2, WHOLE))
    one.take(Message(3, WHOLE))
    one.pause_for_more()
    assert bounds(named(one)) == [(0, 1), (1, 2), (2, 4)]


def test_the_offset_moves_only_behind_what_is_done_in_order() -> None:
    """A later batch that is done first stays in the plan."""
    one = partition(Commit(0, ""))
    first, second, third = fed(one, *range(9))
    assert one.kept == Commit(0, "b1:3,3,3")
    second.is_done = True
    assert one.commit() is None
    first.is_done = True
    assert one.commit() == Commit(6, "b1:3")
    third.is_done = True
    assert one.commit() == Commit(9, "")
    one.kept = Commit(9, "")
    assert one.commit() is None


def test_a_commit_that_failed_is_due_again() -> None:
    """What was done is not forgotten by it."""
    one = partition(Commit(0, ""))
    (batch,) = fed(one, 0, 1)
    batch.is_done = True
    assert one.commit() == one.commit() == Commit(2, "")


def test_nothing_is_committed_of_a_partition_without_messages() -> None:
    """There is no offset to tell."""
    assert partition().commit() is None


def test_the_next_owner_makes_the_same_batches() -> None:
    """However the messages come in, and with more behind the plan."""
    random = Random(4)
    for _ in range(50):
        first = partition(Commit(5, ""))
        made = fed(first, *range(5, 5 + random.randrange(1, 30)))
        for batch in made:
            batch.is_done = random.random() < 0.3
        kept = first.commit() or first.kept
        assert kept is not None
        second = partition(kept, batch_bytes=1_000)
        again = []
        for offset in range(kept.offset, 50):
            second.take(Message(offset, WHOLE))
            if random.random() < 0.4:
                second.pause_for_more()
                again += named(second)
        expected = [one for one in bounds(made) if one[0] >= kept.offset]
        assert bounds(again)[: len(expected)] == expected


def test_a_plan_that_was_not_reached_is_kept() -> None:
    """Should the next owner be gone as well before it has read so far."""
    one = partition(Commit(0, "b1:3,3,3"))
    (batch,) = fed(one, 0, 1, 2)
    assert one.kept == Commit(0, "b1:3,3,3")
    batch.is_done = True
    assert one.commit() == Commit(3, "b1:3,3")
    assert one.promised_end == 9


def test_a_planned_batch_waits_for_all_its_messages() -> None:
    """A poll that brings half of it makes no batch."""
    one = partition(Commit(0, "b1:4"))
    assert fed(one, 0, 1) == []
    assert bounds(fed(one, 2, 3, 4)) == [(0, 4), (4, 5)]


def test_what_a_plan_promises_in_vain_is_done() -> None:
    """Retention has deleted it, or the partition ends before it."""
    gone = partition(Commit(0, "b1:4,4"))
    assert bounds(fed(gone, 6, 7, 8)) == [(0, 4), (4, 8), (8, 9)]
    ended = partition(Commit(0, "b1:4,4"))
    fed(ended, 0, 1)
    ended.end_reached(2)
    assert [(each.end, each.is_done) for each in named(ended)] == [(4, False), (8, True)]


def test_a_topic_made_anew_is_read_from_its_start() -> None:
    """Its offsets are lower than those that were kept; the old plan means nothing."""
    one = partition(Commit(100, "b1:4"))
    assert bounds(fed(one, 0, 1)) == [(0, 2)]
    assert one.kept == Commit(0, "b1:2")


def test_gaps_in_offsets_belong_to_a_batch() -> None:
    """Of a compacted topic, or around a transaction."""
    one = partition(Commit(0, ""))
    (batch,) = fed(one, 5, 9)
    batch.is_done = True
    assert (batch.start, batch.end) == (0, 10)
    assert one.commit() == Commit(10, "")


def test_reading_rests_when_too_many_batches_are_at_hand() -> None:
    """Their plan has to fit into what a broker keeps."""
    one = partition(Commit(0, ""))
    for offset in range(AT_HAND):
        assert not one.is_full
        fed(one, offset)
    assert one.is_full


def test_no_batch_is_recorded_before_kafka_has_its_plan() -> None:
    """An answer that does not come holds it back; what Kafka has of it is given out once."""
    one = partition(Commit(0, ""))
    for offset in range(3):
        one.take(Message(offset, ODD))
    one.pause_for_more()
    assert one.unrecorded() == []
    assert one.waiting_bytes == 3 * len(ODD)
    one.kept = Commit(0, "b1:1,1")
    assert bounds(one.unrecorded()) == [(0, 1), (1, 2)]
    assert one.unrecorded() == []
    assert one.waiting_bytes == len(ODD)


def test_a_plan_is_never_longer_than_a_broker_takes() -> None:
    """Batches that it does not name wait until others are done: here each is 100,000 offsets long, of a compacted topic."""
    one = partition(Commit(0, ""))
    offsets = [number * 100_000 for number in range(1, 1_001)]
    recorded = fed(one, *offsets, payload=ODD)
    assert 500 < len(recorded) < 1_000
    while recorded:
        assert one.kept is not None
        assert len(one.kept.plan) <= PLAN_BYTES
        for batch in recorded:
            batch.is_done = True
        recorded = named(one)
    assert one.kept == Commit(offsets[-1] + 1, "")


def test_a_plan_that_the_broker_calls_too_long_is_made_shorter() -> None:
    """Until it takes it; one end always has room."""
    one = partition(Commit(0, ""))
    for offset in range(500):
        one.take(Message(offset, ODD))
    one.pause_for_more()
    lengths = []
    for _ in range(10):
        due = one.commit()
        assert due is not None
        lengths.append(len(due.plan))
        one.shorten_plan()
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] < 40
    assert len(named(one)) > 0


def test_a_plan_of_a_batch_too_large_is_none_of_ours() -> None:
    """Its end is not awaited: memory is bounded."""
    one = partition(Commit(0, "b1:9999999999999"), batch_bytes=100)
    large = b"\x0a\x80\x80\x80\x02" + bytes(2**22)  # a whole field of 4 MiB
    made = fed(one, *range(6), payload=large)
    assert [len(batch.messages) for batch in made] == [3, 1, 1, 1]


def test_an_empty_partition_is_read_from_where_it_was_found_empty() -> None:
    """With offset_reset=latest its next owner would skip what came in between."""
    one = partition()
    one.end_reached(7)
    assert one.commit() == Commit(7, "")
    read = partition(Commit(3, ""))
    read.end_reached(9)
    assert read.commit() is None


def test_a_tombstone_is_a_message_without_records() -> None:
    """It takes its place in a batch."""
    one = partition(Commit(0, ""))
    one.take(Message(0, WHOLE))
    one.take(Message(1, b""))
    one.pause_for_more()
    (batch,) = named(one)
    assert (batch.start, batch.end, batch.payload, batch.is_one_request) == (0, 2, WHOLE, True)


@pytest.mark.parametrize(
    "plan", [None, "", "b1:", "b1:3,x", "b1:0", "b1:-1", "b1:²", "b1:1,,1", "b2:3", "another program's"]
)
def test_an_unknown_plan_is_no_plan(plan: str | None) -> None:
    """Other consumers keep words of their own beside an offset."""
    assert read_plan(plan, 7) == []


def test_a_plan_comes_back() -> None:
    """As offsets."""
    assert read_plan(written_plan([9, 12, 40], 7), 7) == [9, 12, 40]
