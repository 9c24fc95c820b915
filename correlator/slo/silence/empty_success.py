"""A success without items, where there usually are some: the query that suddenly finds nothing.

Idea: of the workflow's last successes, nearly all gave out items. Limits: once a tenth of them were empty, empty is usual;
that is after ten in a row, by when somebody was called or it is meant so.
"""

from collections.abc import Sequence
from typing import Final

from correlator.model.run import Run
from correlator.slo.silence.run import SilentFailure

MIN_RUNS: Final = 10
RECENT_RUNS: Final = 100
USUAL_SHARE: Final = 0.9


def empty_success(run: Run, earlier: Sequence[Run]) -> SilentFailure | None:
    """The run, if it ended well and empty though few do. Judged by successes that stopped before it did."""
    if not run.is_success or run.items != 0 or run.stopped_unix_nano is None:
        return None
    before = sorted(
        (each.stopped_unix_nano, each.execution_id, each.items > 0)
        for each in earlier
        if each.is_success and each.items is not None and each.stopped_unix_nano is not None
        and each.stopped_unix_nano < run.stopped_unix_nano
    )[-RECENT_RUNS:]  # fmt: skip
    full = sum(has_items for _, _, has_items in before)
    if len(before) < MIN_RUNS or full < USUAL_SHARE * len(before):
        return None
    reason = f"no items; {full} of the {len(before)} successes before it had some"
    return SilentFailure("empty_success", run.workflow_id, run.execution_id, run.stopped_unix_nano, reason)
