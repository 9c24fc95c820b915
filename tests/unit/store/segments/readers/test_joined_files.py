"""Records stay findable by join key whatever happens to the files: restart, crash, older engines, damage, retention."""

from pathlib import Path

import pytest

from correlator import semconv
from correlator.store.contract import Store
from tests.conformance.records import T0, frame_of, log, metric, span, span_id, tables, trace_id
from tests.unit.store.segments.segment_stores import DAY, bodies, crashed, opened

EVER = (0, 2**62)


def put_keyed(store: Store, *numbers: int, arrival: int = T0) -> None:
    """One request with a span and a log record, under job `a`, and a data point, for each number."""
    bag = f'{{"{semconv.JOB_ID}": "a"}}'
    records = tables(
        [span(trace_id(n), n, attributes=bag, arrival_unix_nano=arrival) for n in numbers],
        [log(n, attributes=bag, arrival_unix_nano=arrival) for n in numbers],
        [metric(n, arrival_unix_nano=arrival) for n in numbers],
    )
    store.append(frame_of(records, arrival), records).result(timeout=30)


def found(store: Store) -> list[int]:
    """The numbers under job `a`, of which spans and logs must be the same."""
    records = store.find_joined(["job:a"], *EVER, 1_000)
    logs = sorted(int(body.split()[1]) for body in records.logs["body"].to_pylist())
    assert sorted(records.spans["span_id"].to_pylist()) == sorted(span_id(number) for number in logs)
    return logs


def key_files(folder: Path) -> list[Path]:
    return sorted((folder / "segments").rglob("*.keys"))


def test_records_are_found_after_a_crash(tmp_path: Path) -> None:
    """Sealed ones by their index, the others once they are replayed; after a clean restart, too."""
    before = opened(tmp_path / "data")
    put_keyed(before, 1, 2)
    before.seal()
    put_keyed(before, 3)
    after = opened(crashed(tmp_path / "data"))
    assert found(before) == found(after) == [1, 2, 3]
    for store in (before, after):
        store.close()
    store = opened(tmp_path / "data")
    assert found(store) == [1, 2, 3]
    store.close()


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_an_index_that_is_missing_or_damaged_is_made_anew(tmp_path: Path, damage: bytes | None) -> None:
    """As of segments of an engine that knew no keys: on open, once, and its bytes count."""
    store = opened(tmp_path)
    put_keyed(store, 1, 2)
    store.seal()
    size = store.stats().segment_bytes
    store.close()
    contents = [path.read_bytes() for path in key_files(tmp_path)]
    for path in key_files(tmp_path):
        path.unlink() if damage is None else path.write_bytes(damage)
    store = opened(tmp_path)
    assert found(store) == [1, 2]
    assert store.stats().segment_bytes == size
    assert [path.read_bytes() for path in key_files(tmp_path)] == contents
    store.close()


def test_a_segment_that_was_indexed_late_is_merged_with_others(tmp_path: Path) -> None:
    """What the merged segment finds is what its sources found."""
    store = opened(tmp_path)
    put_keyed(store, 1, 5)
    store.close()
    for path in key_files(tmp_path):
        path.unlink()
    store = opened(tmp_path)
    put_keyed(store, 2, 5)
    store.seal()
    while store.upkeep.merge_next():
        pass
    assert store.stats().segments == 3
    assert [record["body"] for record in store.find_joined(["job:a"], *EVER, 9).logs.to_pylist()].count(
        "message 5"
    ) == 2
    assert store.find_joined(["job:a"], *EVER, 9).spans.num_rows == 3
    store.close()


def test_a_segment_without_keys_has_a_header_alone_and_is_not_indexed_again(tmp_path: Path) -> None:
    """Data points have none at all."""
    store = opened(tmp_path)
    records = tables([span(trace_id(1), 1)], [log(1)], [metric(1)])
    store.append(frame_of(records), records).result(timeout=30)
    store.close()
    times = {path: path.stat().st_mtime_ns for path in key_files(tmp_path)}
    assert [path.stat().st_size for path in times] == [16, 16]
    opened(tmp_path).close()
    assert {path: path.stat().st_mtime_ns for path in key_files(tmp_path)} == times


def test_retired_records_are_found_no_more(tmp_path: Path) -> None:
    """Their index goes with them."""
    store = opened(tmp_path, retention_age_s=3 * 86_400, clock=lambda: T0 + 5 * DAY)
    for number, day in enumerate((0, 1, 3)):
        put_keyed(store, number, arrival=T0 + day * DAY)
        store.seal()
    store.upkeep.retire()
    assert found(store) == [2]
    assert len(key_files(tmp_path)) == 2
    assert bodies(store) == ["message 2"]
    store.close()


def test_of_a_key_with_many_records_the_first_are_given(tmp_path: Path) -> None:
    """From several segments and the head, by time, though spans and logs lie apart."""
    store = opened(tmp_path)
    for first in range(0, 400, 100):
        put_keyed(store, *range(first, first + 100))
        store.seal()
    put_keyed(store, *range(400, 500))
    assert found(store) == list(range(500))
    few = store.find_joined(["job:a"], T0 + 398 * 10**9, EVER[1], 5)
    assert sorted(few.logs["body"].to_pylist()) == ["message 398", "message 399", "message 400"]
    assert few.spans.num_rows == 3
    store.close()
