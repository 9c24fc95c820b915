"""Callings before and after a change of the objectives.

One of the same objective and severity that is on at the same time is the same calling, perhaps earlier or later; the others
are new, or lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from correlator.model.objective import Severity
from correlator.slo.backtest.calling import Calling


@dataclass(frozen=True, slots=True)
class ChangedCalling:
    """A calling that begins or ends at another time now, beside the first one that it was before."""

    before: Calling
    after: Calling


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change does; each in the order of the callings given."""

    new: tuple[Calling, ...]
    lost: tuple[Calling, ...]
    changed: tuple[ChangedCalling, ...]

    def new_of(self, severity: Severity) -> tuple[Calling, ...]:
        return tuple(each for each in self.new if each.severity == severity)

    def lost_of(self, severity: Severity) -> tuple[Calling, ...]:
        return tuple(each for each in self.lost if each.severity == severity)


def difference(before: Sequence[Calling], after: Sequence[Calling]) -> Difference:
    """What `after` has that `before` had not, and the other way round."""
    pairs = [(first, each) for each in after if (first := _same(each, before)) is not None]
    return Difference(
        new=tuple(each for each in after if _same(each, before) is None),
        lost=tuple(each for each in before if _same(each, after) is None),
        changed=tuple(ChangedCalling(first, each) for first, each in pairs if _times(first) != _times(each)),
    )


def _same(calling: Calling, others: Iterable[Calling]) -> Calling | None:
    return next((each for each in others if _is_same(calling, each)), None)


def _is_same(one: Calling, other: Calling) -> bool:
    return (
        one.objective_id == other.objective_id
        and one.severity == other.severity
        and one.overlaps(other.begins_unix_nano, other.ends_unix_nano)
    )


def _times(calling: Calling) -> tuple[int, int | None]:
    return calling.begins_unix_nano, calling.ends_unix_nano
