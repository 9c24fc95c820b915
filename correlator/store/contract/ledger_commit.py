"""What the ledger keeps from turn to turn, and what a turn of it comes to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from correlator.model.objective import Window
from correlator.model.outcome import Posting, RunningCount
from correlator.model.run import Run, RunPart


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How far the ledger has come: events of all requests up to `position` are counted."""

    position: int = -1


@dataclass(frozen=True, slots=True)
class BurningWindow:
    """A window of an objective whose alert is on, since that minute."""

    objective_id: str
    window: Window
    since_minute: int


RUNS_KEPT: Final = 200
"""Of each workflow, however old: what is usual for it is learned from 100 runs that ended well (slo/silence)."""


@dataclass(frozen=True, slots=True)
class LedgerCommit:
    """What a turn of the ledger comes to.

    `known_minutes` are unix minutes whose events were heard of, to be added to those known. `runs` are new or changed, by
    (workflow_id, execution_id); `parts` too, by their `ref`. `workflows` are names by workflow id, to be added. `burning` replaces what was burning;
    None leaves it. `counts`, by objective id, replace those kept. With `forget_before_minute` everything of earlier minutes
    goes, but for counts; with `forget_parts_before_minute` the parts that nobody told of since, and the runs that began before
    it but the last RUNS_KEPT of each workflow.
    """

    state: LedgerState
    posting: Posting = field(default_factory=lambda: Posting({}, {}))
    known_minutes: Collection[int] = ()
    runs: Collection[Run] = ()
    parts: Collection[RunPart] = ()
    workflows: Mapping[str, str] = field(default_factory=dict)
    burning: tuple[BurningWindow, ...] | None = None
    counts: Mapping[str, RunningCount] = field(default_factory=dict)
    forget_before_minute: int | None = None
    forget_parts_before_minute: int | None = None
