"""All traces of some tables, put together as stories."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.correlate.stitch.bystanders import without_bystanders
from correlator.correlate.stitch.facts import LOG_COLUMNS, SPAN_COLUMNS, log_facts, span_facts
from correlator.correlate.stitch.join_keys import join_keys
from correlator.correlate.stitch.ladder import Ladder, edges_by_story
from correlator.correlate.stitch.loose_logs import joined_logs
from correlator.correlate.stitch.scene import Scene
from correlator.correlate.stitch.shared_keys import SharedKeys, shared_keys
from correlator.model.precisions import Precisions
from correlator.model.story import JoinedLog, Story
from correlator.model.tables import Tables
from correlator.model.unique_spans import unique_spans


def stitch(tables: Tables, precisions: Precisions, keyed: pa.Table | None = None) -> tuple[Story, ...]:
    """The stories of the tables' traces, by story id; every trace is in exactly one.

    The same records in any order, in any split and however often they repeat give equal stories, and so do the records
    that share a join key with any of a story's, and with any of those, and so on, without all others.

    `keyed` is what join_keys gives for the tables, where the caller has it already.
    """
    shared = shared_keys(join_keys(tables) if keyed is None else keyed)
    scene = _scene(tables, shared)
    ladder = Ladder()
    ladder.climb(scene, shared.payloads)
    logs = list(joined_logs(scene, ladder.stories, precisions))
    joined = _joined_stories(scene.traces, ladder, logs, precisions)
    others = scene.traces - joined.keys()  # than the least of each story
    ids = _trace_ids(tables)
    return tuple([joined[it] if it in joined else Story(it, (it,)) for it in ids if it not in others])


def _joined_stories(
    trace_ids: Iterable[str], ladder: Ladder, logs: Iterable[JoinedLog], precisions: Precisions
) -> dict[str, Story]:
    """By story id, the stories of these traces."""
    stories = ladder.stories
    edges = edges_by_story(ladder.edges(precisions), stories)
    possible_edges = edges_by_story(ladder.possible_edges(precisions), stories)
    logs_of: dict[str, list[JoinedLog]] = defaultdict(list)
    for log in logs:
        logs_of[stories.find(log.trace_id)].append(log)
    return {
        story_id: Story(
            story_id,
            tuple(members),
            tuple(edges.get(story_id, ())),
            tuple(possible_edges.get(story_id, ())),
            tuple(logs_of[story_id]),
        )
        for story_id, members in stories.sets(sorted(trace_ids)).items()
    }


def _scene(tables: Tables, shared: SharedKeys) -> Scene:
    """The spans of the traces that share a key, and the log records that carry one; without those no rule looks at."""
    spans, logs = tables.spans.select(SPAN_COLUMNS), tables.logs.select(LOG_COLUMNS)
    sharing = spans.filter(pc.is_in(spans["trace_id"], value_set=shared.trace_ids))
    involved = without_bystanders(unique_spans(sharing), shared)
    return Scene(span_facts(involved), log_facts(_logs(logs, shared.logs)))


def _logs(logs: pa.Table, carrying: pa.Table) -> pa.Table:
    """Those that `carrying` names by position and row."""
    positions = pc.unique(carrying["position"])
    return logs.filter(pc.is_in(_places(logs, positions), value_set=_places(carrying, positions)))


def _places(records: pa.Table, positions: pa.Array) -> pa.Array:
    """A number for each position and row: (records,) int64; negative where the position is none of `positions`."""
    numbers = pc.fill_null(pc.index_in(records["position"], value_set=positions), -1).to_numpy().astype(np.int64)
    return pa.array((numbers << 32) + records["row"].to_numpy())


def _trace_ids(tables: Tables) -> list[str]:
    """Of all records, in hex, in order."""
    columns = [
        table["trace_id"].combine_chunks().dictionary_encode().dictionary for table in (tables.spans, tables.logs)
    ]
    ids = pc.unique(pa.concat_arrays([pc.drop_null(column) for column in columns]))
    words = np.frombuffer(ids.buffers()[1], dtype=">u8", count=2 * len(ids)).astype(np.uint64).reshape(-1, 2)
    digits = words[np.lexsort((words[:, 1], words[:, 0]))].astype(">u8").tobytes().hex()
    return [digits[start : start + 32] for start in range(0, len(digits), 32)]
