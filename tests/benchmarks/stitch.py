"""What stitching costs, beside a plain group-by on trace id in the same run: python -m tests.benchmarks.stitch.

1,000,000 spans and logs of n8n, bridge and worker, mixed as they arrive; 5 % of them are in traces that lost their context and
can only be joined by a heuristic (execution id, job id, payload), or are log records without a trace id.

- The plain group-by gives what a dict of trace ids gives: each trace id in hex, and the numbers of its rows. Arrow numbers
  the ids, numpy sorts the rows by them: the quickest way that we know to Python values. It joins nothing.
- `stitch` gives a Story for each story: its trace ids, edges and loose logs.
- Beside them the same group-by with the rows themselves put side by side, trace by trace, as Arrow tables; and Arrow's own
  group-by of row numbers, which makes no Python values.

Peak memory is what the process holds at most over what it held before, as the kernel counts it (VmHWM).
"""

import argparse
import gc
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from correlator.correlate.stitch import UNMEASURED, join_keys, stitch
from correlator.model.story import Story
from correlator.model.tables import Tables
from tests.benchmarks.broken_stories import broken_stories

RECORDS: Final = 1_000_000
LOST_SHARE: Final = 0.05
ROUNDS: Final = 5
BASELINE: Final = "plain group-by on trace id, as Python values"


def main() -> None:
    """Measure each, print the best of ROUNDS and its ratio to the baseline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    tables = broken_stories(given.records, LOST_SHARE)
    cases: dict[str, Callable[[], Any]] = {
        BASELINE: lambda: rows_of_traces(tables),
        "stitch": lambda: stitch(tables, UNMEASURED),
        "of that, join_keys": lambda: join_keys(tables),
        "rows put side by side, trace by trace": lambda: rows_side_by_side(tables),
        "Arrow's group-by of row numbers": lambda: arrow_rows_of_traces(tables),
    }
    measured = {name: measure(run) for name, run in cases.items()}
    told = facts(tables, stitch(tables, UNMEASURED)) | {"cases": measured}
    if given.json:
        Console().print_json(json.dumps(told))
    else:
        print_table(told)


def rows_of_traces(tables: Tables) -> dict[str, list[int]]:
    """Trace id in hex to the numbers of its rows: spans are counted on to logs; rows without a trace id are left out."""
    ids = pa.chunked_array([*tables.spans["trace_id"].chunks, *tables.logs["trace_id"].chunks])
    coded = ids.combine_chunks().dictionary_encode()
    codes = coded.indices.fill_null(len(coded.dictionary)).to_numpy()  # (rows,)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(coded.dictionary) + 1)).tolist()
    rows = order.tolist()
    digits = coded.dictionary.buffers()[1].to_pybytes().hex()
    return {
        digits[32 * code : 32 * code + 32]: rows[bounds[code] : bounds[code + 1]] for code in range(len(bounds) - 1)
    }


def rows_side_by_side(tables: Tables) -> Tables:
    """The tables' rows in the order of their traces."""
    return Tables(
        *(table.take(pa.array(np.argsort(_codes(table), kind="stable"))) for table in (tables.spans, tables.logs))
    )


def _codes(table: pa.Table) -> np.ndarray:
    coded = table["trace_id"].combine_chunks().dictionary_encode()
    codes: np.ndarray = coded.indices.fill_null(len(coded.dictionary)).to_numpy()
    return codes


def arrow_rows_of_traces(tables: Tables) -> pa.Table:
    """The same as a table of two columns."""
    ids = pa.chunked_array([*tables.spans["trace_id"].chunks, *tables.logs["trace_id"].chunks])
    rows = pa.array(np.arange(len(ids)))
    return pa.table({"trace_id": ids.combine_chunks(), "row": rows}).group_by("trace_id").aggregate([("row", "list")])


def measure(run: Callable[[], Any]) -> dict[str, float]:
    """CPU seconds of all threads in the cheapest of ROUNDS, and the most MiB that any of them took."""
    seconds, peaks_mib = [], []
    for _ in range(ROUNDS):
        gc.collect()
        pa.default_memory_pool().release_unused()
        held = reset_peak_mib()
        began = time.process_time()
        answer = run()
        seconds.append(time.process_time() - began)
        peaks_mib.append(peak_mib_now() - held)
        del answer
    return {"seconds": min(seconds), "peak_mib": max(peaks_mib)}


def reset_peak_mib() -> float:
    """Make the kernel forget the peak (clear_refs, value 5); MiB held now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mib_now()


def peak_mib_now() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def facts(tables: Tables, stories: Sequence[Story]) -> dict[str, Any]:
    """What was stitched, and what became of it."""
    rows = tables.spans.num_rows + tables.logs.num_rows
    joined = [story for story in stories if len(story.trace_ids) > 1 or story.logs]
    lost = {trace_id for story in joined for trace_id in lost_traces(story)}
    wanted = pa.array([bytes.fromhex(trace_id) for trace_id in lost], pa.binary(16))
    in_lost = sum(
        pc.sum(pc.is_in(table["trace_id"], value_set=wanted)).as_py() for table in (tables.spans, tables.logs)
    )
    loose = sum(len(story.logs) for story in stories)
    return {
        "records": rows,
        "stories": len(stories),
        "joined": len(joined),
        "heuristic_share": (in_lost + loose) / rows,
    }


def lost_traces(story: Story) -> set[str]:
    """The traces of a story that an edge leads to."""
    return {edge.to_trace_id for edge in story.edges}


def print_table(told: dict[str, Any]) -> None:
    console = Console()
    console.print(
        f"{told['records']:,} records, {told['stories']:,} stories, {told['joined']:,} of them joined;"
        f" {told['heuristic_share']:.1%} of the records by a heuristic"
    )
    baseline = told["cases"][BASELINE]["seconds"]
    table = Table("", "CPU seconds", "of the baseline", "peak MiB")
    for name, each in told["cases"].items():
        table.add_row(name, f"{each['seconds']:.2f}", f"{each['seconds'] / baseline:.1f}", f"{each['peak_mib']:.0f}")
    console.print(table)


if __name__ == "__main__":
    main()
