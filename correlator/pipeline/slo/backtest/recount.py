"""Objectives counted anew from stored records: those that nobody has counted yet, and those in force as if for the first time.

The counting is the engine's own. What the clock alone tells is asked once, as of the end of the records: runs that did not come.
Whatever still ran then is not called stuck.
"""

from collections.abc import Callable, Collection
from typing import Final

from correlator.model.outcome import Posting
from correlator.pipeline.slo.counting import CountedStore, Counting
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.silent_runs import ClockFailures

NO_POSTING: Final = Posting({}, {})

Progress = Callable[[int], None]
"""Hears up to which log position all is counted."""


def recount(
    store: CountedStore,
    objectives: Objectives,
    known_minutes: Collection[int],
    end_unix_nano: int,
    on_progress: Progress = lambda position: None,
) -> None:
    """Count every record of `store` into its ledger, which must be that of `objectives`, and empty."""
    counting = Counting(store, objectives)
    known: Collection[int] = known_minutes
    while not counting.count_page(end_unix_nano, known).is_end:
        known = ()
        on_progress(store.ledger_state().position)
    if known:
        counting.post(NO_POSTING, (), known, end_unix_nano)
    found = ClockFailures(store, objectives.written, lambda workflow_id: ()).turn(end_unix_nano)
    counting.post(found.posting, found.runs, (), end_unix_nano)
