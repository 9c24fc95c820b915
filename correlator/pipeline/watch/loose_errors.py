"""ERROR logs without a trace id that belong to a story all the same, since they name its execution or job.

n8n's own log lines are so. Such a log is an error of its story: it makes that be looked at, and is no failure of its own. One
that comes before anything of its story does is not known by it, and counts by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.correlate.stitch import UNMEASURED, join_keys, stitch
from correlator.model.tables import Tables, concat
from correlator.pipeline.watch.waiting import ErrorArrival
from correlator.store.contract import Reader

WINDOW_NANO: Final = 3_600 * 10**9
"""Before and after the logs of a turn: an execution's first record is looked for so far back."""
RECORDS_PER_KEY: Final = 10
"""Of an id, the first records: an execution's own span starts before anything else that names it."""


@dataclass(frozen=True, slots=True)
class LooseErrors:
    """`arrivals`: one for each log that belongs to a story, under that story's trace. `alone`: the other logs, as a table."""

    arrivals: tuple[ErrorArrival, ...]
    alone: pa.Table


def loose_errors(reader: Reader, errors: Tables) -> LooseErrors:
    """The ERROR logs without a trace id of a turn. One look-up, and none where they name no id."""
    loose = errors.logs.filter(pc.is_null(errors.logs["trace_id"]))
    keys = _ids(loose)
    if not keys:
        return LooseErrors((), loose)
    times = loose["time_unix_nano"].to_numpy()
    start, end = max(0, int(np.min(times)) - WINDOW_NANO), int(np.max(times)) + WINDOW_NANO
    found = reader.find_joined(keys, start, min(2**63 - 1, end), RECORDS_PER_KEY)
    known = found.logs.filter(pc.is_valid(found.logs["trace_id"]))
    stories = stitch(concat([Tables(spans=found.spans, logs=known), Tables(logs=loose)]), UNMEASURED)
    homes = {(log.position, log.row): log.trace_id for story in stories for log in story.logs}
    is_alone = pa.array([place not in homes for place in _places(loose)], pa.bool_())
    return LooseErrors(tuple(_arrivals(loose, homes)), loose.filter(is_alone))


def _ids(logs: pa.Table) -> list[str]:
    """The join keys of these logs but for payloads, which say too little."""
    if logs.num_rows == 0:
        return []
    keys = pc.unique(join_keys(Tables(logs=logs))["key"]).to_pylist()
    return sorted(key for key in keys if not key.startswith("payload:"))


def _arrivals(logs: pa.Table, homes: dict[tuple[int, int], str]) -> Iterator[ErrorArrival]:
    for place, arrival in zip(_places(logs), logs["arrival_unix_nano"].to_pylist(), strict=True):
        if place in homes:
            yield ErrorArrival(homes[place], place[0], arrival)


def _places(logs: pa.Table) -> list[tuple[int, int]]:
    return list(zip(logs["position"].to_pylist(), logs["row"].to_pylist(), strict=True))
