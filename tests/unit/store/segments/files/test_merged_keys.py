"""Keys that were carried over are those that would be found anew."""

import json
from random import Random

import numpy as np
import pyarrow as pa

from correlator import semconv
from correlator.store.segments.files.key_index import key_entries, key_index_of
from correlator.store.segments.files.merged_keys import MergedKeys, with_origin
from correlator.store.segments.upkeep.sealer import in_order
from tests.conformance.records import span, tables, trace_id


def segment_rows(random: Random, count: int) -> pa.Table:
    """In a segment's order; some spans are in other segments, too, and two thirds have one or two keys."""
    bags = [{}, {semconv.JOB_ID: "a"}, {semconv.JOB_ID: "b", semconv.N8N_EXECUTION_ID: "1"}]
    rows = [span(trace_id(n // 3), n, attributes=json.dumps(bags[n % 3])) for n in random.sample(range(60), count)]
    return in_order("traces", tables(rows).spans)


def test_merged_keys_are_those_of_the_merged_records() -> None:
    """In parts of any size, with spans that gave way to a double, and segments without a row in a part."""
    random = Random(6)
    for counts in ((0, 0), (1, 0, 7), (40, 40, 3), (60, 60)):
        segments = [segment_rows(random, count) for count in counts]
        merged = MergedKeys([key_index_of([key_entries("traces", segment, 0)]) for segment in segments])
        cuts = [sorted((0, random.randint(0, count), count)) for count in counts]
        first_row, carried, found = 0, [], []
        for part in range(2):
            pieces = [
                with_origin(segment.slice(cut[part], cut[part + 1] - cut[part]), number, cut[part])
                for number, (segment, cut) in enumerate(zip(segments, cuts, strict=True))
            ]
            ordered = in_order("traces", pa.concat_tables(pieces))
            carried.append(merged.entries(ordered, first_row))
            found.append(key_entries("traces", ordered, first_row))
            first_row += ordered.num_rows
        assert np.array_equal(np.sort(np.concatenate(carried)), np.sort(np.concatenate(found)))
