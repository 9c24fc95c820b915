"""One backtest: objectives over a range of history, beside what really went wrong and beside what they were before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from correlator.pipeline.slo.backtest.history import Progress, Replayed, all_callings, replay
from correlator.pipeline.slo.backtest.pattern_history import PatternHistory
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.backtest import Calling, Detection, Difference, Outage, detection, difference
from correlator.slo.minute_series import MINUTE_NANO

REMEMBERED_S: Final = 300.0
"""How far off people are about when an outage began and ended: by judgement. Where it is the engine's own, nothing is forgiven."""


@dataclass(frozen=True, slots=True)
class Known:
    """The outages that are known, which may be none; `slack_s` is how exactly."""

    outages: tuple[Outage, ...]
    slack_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """What another set of objectives called before, what differs, and which outages it paged for that nobody is paged for now."""

    before: Detection
    difference: Difference
    lost_detections: tuple[Outage, ...]


@dataclass(frozen=True, slots=True)
class Backtested:
    """Objectives over [begins, ends). Where `knows_outages` is false, nobody can tell which callings were for nothing."""

    begins_unix_nano: int
    ends_unix_nano: int
    objectives: tuple[Replayed, ...]
    detection: Detection
    knows_outages: bool
    change: Change | None = None
    patterns: PatternHistory | None = None


def backtest(
    objectives: Objectives,
    before: Objectives | None,
    known: Known | None,
    first_minute: int,
    end_minute: int,
    on_progress: Progress = lambda done, of: None,
) -> Backtested:
    """The minutes of [first, end). `before` are the objectives to compare with; `known` is None where nobody looked for outages."""
    found = replay(objectives, first_minute, end_minute, on_progress)
    judged = _judged(all_callings(found), known)
    return Backtested(
        begins_unix_nano=first_minute * MINUTE_NANO,
        ends_unix_nano=end_minute * MINUTE_NANO,
        objectives=found,
        detection=judged,
        knows_outages=known is not None,
        change=None if before is None else _change(before, judged, known, first_minute, end_minute),
    )


def _judged(called: Sequence[Calling], known: Known | None) -> Detection:
    return detection(called, known.outages, known.slack_s) if known else detection(called, ())


def _change(before: Objectives, now: Detection, known: Known | None, first_minute: int, end_minute: int) -> Change:
    earlier = _judged(all_callings(replay(before, first_minute, end_minute)), known)
    paged_now = {each.outage for each in now.outages if each.page}
    return Change(
        before=earlier,
        difference=difference(_called(earlier), _called(now)),
        lost_detections=tuple(each.outage for each in earlier.outages if each.page and each.outage not in paged_now),
    )


def _called(found: Detection) -> list[Calling]:
    return [each.calling for each in found.callings]
