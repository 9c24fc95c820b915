"""Cuts a page of errors where a request ends. Pure, for every store."""

import numpy as np
import pyarrow as pa

from correlator.model.tables import Tables
from correlator.model.unique_spans import unique_spans


def whole_requests(spans: pa.Table, logs: pa.Table, *, limit: int) -> Tables:
    """The first requests among these errors: at least one where there is any, further ones while the rows stay in `limit`.

    Rows come ordered by (position, row), and each span once.
    """
    spans = unique_spans(spans)
    last = _last_position(np.concatenate([_positions(spans), _positions(logs)]), limit)
    return Tables(spans=_until(spans, last), logs=_until(logs, last))


def _last_position(positions: np.ndarray, limit: int) -> int:
    requests, rows = np.unique(positions, return_counts=True)  # (requests,)
    if len(requests) == 0:
        return -1
    fitting = int(np.searchsorted(np.cumsum(rows), limit, side="right"))
    return int(requests[max(fitting, 1) - 1])


def _until(table: pa.Table, last: int) -> pa.Table:
    page = table.filter(pa.array(_positions(table) <= last))
    return page.sort_by([("position", "ascending"), ("row", "ascending")])


def _positions(table: pa.Table) -> np.ndarray:
    positions: np.ndarray = table.column("position").to_numpy()
    return positions
