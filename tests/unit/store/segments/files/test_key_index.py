"""The key index finds what a look at every record's keys finds."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from correlator import semconv
from correlator.correlate.stitch.join_keys import join_keys
from correlator.errors import StoreError
from correlator.model.tables import Tables
from correlator.store.segments.files.key_index import key_entries, key_index_of, read_key_index
from tests.conformance.records import log, span, tables, trace_id


def spans_with_jobs(random: Random, count: int) -> pa.Table:
    """Half of them carry one of twenty jobs, some of those an execution, too."""
    bags = [
        {semconv.JOB_ID: f"j{random.randrange(20)}", semconv.N8N_EXECUTION_ID: str(number % 5)} if number % 2 else {}
        for number in range(count)
    ]
    return tables([span(trace_id(n), n, attributes=json.dumps(bag)) for n, bag in enumerate(bags)]).spans


@pytest.mark.parametrize("count", [0, 1, 60])
def test_rows_of_each_key_are_found(tmp_path: Path, count: int) -> None:
    """In memory and from the file, in however many parts the records came."""
    spans = spans_with_jobs(Random(count), count)
    parts = [spans.slice(0, count // 3), spans.slice(count // 3)]
    firsts = [0, count // 3]
    index = key_index_of(key_entries("traces", part, first) for part, first in zip(parts, firsts, strict=True))
    (tmp_path / "keys").write_bytes(index.encode())
    carried = join_keys(Tables(spans=spans)).select(["key", "row"]).to_pylist()
    for found in (index, read_key_index(tmp_path / "keys")):
        for key in {one["key"] for one in carried} | {"job:none", "execution:", ""}:
            assert found.find(key).tolist() == sorted(one["row"] for one in carried if one["key"] == key)
        assert len(found) == len(carried)


def test_a_record_is_found_by_its_place_not_by_its_row_column() -> None:
    """What a merge brings together has the row numbers of many requests."""
    logs = tables(logs=[log(n, attributes=f'{{"{semconv.JOB_ID}": "a"}}') for n in range(3)]).logs
    twice = pa.concat_tables([logs, logs])
    assert key_index_of([key_entries("logs", twice, 10)]).find("job:a").tolist() == [10, 11, 12, 13, 14, 15]


def test_nothing_carried_is_a_header_alone(tmp_path: Path) -> None:
    """Sixteen bytes, which tell a segment without keys from one that was never indexed."""
    index = key_index_of([key_entries("logs", tables(logs=[log(1)]).logs, 0)])
    (tmp_path / "keys").write_bytes(index.encode())
    assert (tmp_path / "keys").stat().st_size == 16
    assert read_key_index(tmp_path / "keys").find("job:a").tolist() == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[:-1] + b"\xee",
        lambda content: content[:7] + b"0" + content[8:],
        lambda _: b"",
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: object) -> None:
    """Cut, changed, of other rules or empty: named, with the remedy."""
    content = key_index_of([np.array([1 << 32], np.uint64)]).encode()
    assert callable(damage)
    (tmp_path / "keys").write_bytes(damage(content))
    with pytest.raises(StoreError, match="made anew"):
        read_key_index(tmp_path / "keys")


def test_the_rules_that_the_files_were_made_by_are_those_in_force() -> None:
    """Where this fails join_keys finds other keys than before: raise the number in MAGIC, so that files are made anew."""
    bag = {
        semconv.N8N_EXECUTION_ID: 7,
        semconv.N8N_EXECUTION_RETRY_OF: "5",
        semconv.N8N_EXECUTION_PARENT_ID: "6",
        semconv.JOB_ID: "j",
        semconv.MESSAGING_MESSAGE_ID: "m",
        semconv.JOB_IDEMPOTENCY_KEY: "i",
        semconv.PAYLOAD_HASH: ["h1", "h2"],
    }
    link = json.dumps([{"trace_id": "ab" * 16, "span_id": "cd" * 8, "attributes": {}}])
    records = tables([span(trace_id(1), 1, attributes=json.dumps(bag), links=link)])
    expected = "execution:5 execution:6 execution:7 idempotency:i job:j job:m payload:h1 payload:h2 trace:" + "ab" * 16
    assert sorted(join_keys(records)["key"].to_pylist()) == expected.split()
