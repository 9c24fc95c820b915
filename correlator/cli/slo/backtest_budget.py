"""What a change may add and lose: the gate of a backtest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.pipeline.slo.backtest.backtest import Backtested


@dataclass(frozen=True, slots=True)
class Budget:
    """How many of each are allowed; None: any number."""

    new_pages: int | None = None
    lost_detections: int | None = None
    false_pages: int | None = None


UNBOUNDED: Final = Budget()


def excesses(found: Backtested, budget: Budget) -> list[str]:
    """What there is more of than the budget allows, in words. Raises CommandFailed where that cannot be known."""
    unavailable = [f"{each.objective.id}: {each.unavailable}" for each in found.objectives if each.unavailable]
    if unavailable and budget != UNBOUNDED:
        raise CommandFailed(f"nothing can be promised of {'; '.join(unavailable)}", ExitCode.CANNOT_REACH)
    return [
        f"{each.what}: {each.number}, and {each.allowed} allowed"
        for each in _counts(found, budget)
        if each.allowed is not None and each.number > each.allowed
    ]


@dataclass(frozen=True, slots=True)
class _Count:
    what: str
    number: int
    allowed: int | None


def _counts(found: Backtested, budget: Budget) -> Iterator[_Count]:
    if found.change is not None:
        yield _Count("new pages", len(found.change.difference.new_of("page")), budget.new_pages)
    if budget.lost_detections is None and budget.false_pages is None:
        return
    if not found.knows_outages:
        message = "no engine watched this history for incidents: name real ones with --incidents FILE"
        raise CommandFailed(message, ExitCode.WRONG_USE)
    yield _Count("false pages", found.detection.false_pages, budget.false_pages)
    lost = found.change.lost_detections if found.change else ()
    yield _Count("outages that nobody is paged for any more", len(lost), budget.lost_detections)
