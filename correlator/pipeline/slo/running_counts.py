"""The running counts of all objectives, carried on with each turn of the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial

from correlator.model.objective import Objective, RecordSource
from correlator.model.outcome import MinuteChange, MinuteKey, RunningCount
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.running_count import NOTHING, count_events, count_slices
from correlator.store.contract import OutcomeLedger


def counts_after(
    ledger: OutcomeLedger,
    objectives: Iterable[Objective],
    changes: Mapping[MinuteKey, MinuteChange],
    now_unix_nano: int,
) -> Mapping[str, RunningCount]:
    """The counts that differ once `changes`, which the ledger does not have yet, are in it: to be committed with them.

    Of each of `objectives` over our own records there is a count from the first turn on, of 0 until something happens.
    """
    before = ledger.running_counts()
    by_objective: defaultdict[str, dict[int, MinuteChange]] = defaultdict(dict)
    for key, change in changes.items():
        by_objective[key.objective_id][key.minute] = change
    after = {
        each.id: _after(ledger, each, before.get(each.id, NOTHING), by_objective.get(each.id, {}), now_unix_nano)
        for each in objectives
        if isinstance(each.source, RecordSource)
    }
    return {objective_id: count for objective_id, count in after.items() if count != before.get(objective_id)}


def _after(
    ledger: OutcomeLedger,
    objective: Objective,
    before: RunningCount,
    changes: Mapping[int, MinuteChange],
    now_unix_nano: int,
) -> RunningCount:
    if objective.slices is None:
        return count_events(before, changes.values())
    read = partial(ledger.minute_sums, objective.id)
    return count_slices(before, changes, objective.slices, read, now_unix_nano // MINUTE_NANO)
