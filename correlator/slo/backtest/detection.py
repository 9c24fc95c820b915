"""Callings beside outages: how long each outage waited for somebody to be called, and which callings were for nothing.

A calling is right if it begins during an outage of its objective, or so shortly after that its windows still hold the outage's
minutes: within its short window, for both windows must be over. An outage is noticed by the first calling that is on
meanwhile, or begins so shortly after; one that was on before has noticed it at once.

People write down when an outage began as they remember it: `slack_s` widens each at both sides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from correlator.model.objective import Severity
from correlator.slo.backtest.calling import Calling
from correlator.slo.backtest.outage import Outage

NANOS_A_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class CallingJudged:
    """A calling, and the name of the outage that it was right about; None where there was none."""

    calling: Calling
    outage: str | None


@dataclass(frozen=True, slots=True)
class Waited:
    """An outage, and the first page and ticket that noticed it; None where none did."""

    outage: Outage
    page: Calling | None
    ticket: Calling | None

    @property
    def page_wait_s(self) -> float | None:
        return _wait_s(self.outage, self.page)

    @property
    def ticket_wait_s(self) -> float | None:
        return _wait_s(self.outage, self.ticket)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many. Nothing of nothing has no ratio: None."""

    count: int
    of: int

    @property
    def ratio(self) -> float | None:
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Detection:
    """All callings and all outages, in the order of their beginnings."""

    callings: tuple[CallingJudged, ...]
    outages: tuple[Waited, ...]

    def precision(self, severity: Severity) -> Rate:
        """Callings that were right, of all."""
        judged = [each for each in self.callings if each.calling.severity == severity]
        return Rate(sum(each.outage is not None for each in judged), len(judged))

    @property
    def recall(self) -> Rate:
        """Outages that somebody was paged for, of all."""
        return Rate(sum(each.page is not None for each in self.outages), len(self.outages))

    @property
    def false_pages(self) -> int:
        pages = self.precision("page")
        return pages.of - pages.count


def detection(callings: Iterable[Calling], outages: Iterable[Outage], slack_s: float = 0.0) -> Detection:
    """What callings, in any order, were worth."""
    slack_nano = round(slack_s * NANOS_A_SECOND)
    called = sorted(callings, key=lambda each: (each.begins_unix_nano, each.objective_id))
    known = sorted(outages, key=lambda each: (each.begins_unix_nano, each.name))
    judged = (CallingJudged(each, _right_about(each, known, slack_nano)) for each in called)
    return Detection(tuple(judged), tuple(_waited(each, called, slack_nano) for each in known))


def _right_about(calling: Calling, outages: Iterable[Outage], slack_nano: int) -> str | None:
    """The first outage during which it begins, or shortly after."""
    begins = calling.begins_unix_nano
    for outage in outages:
        ends = _noticeable_until(outage, calling, slack_nano)
        is_meanwhile = outage.begins_unix_nano - slack_nano <= begins and (ends is None or begins < ends)
        if is_meanwhile and outage.concerns(calling.objective_id):
            return outage.name
    return None


def _waited(outage: Outage, callings: Sequence[Calling], slack_nano: int) -> Waited:
    noticed = [
        each
        for each in callings
        if outage.concerns(each.objective_id)
        and each.overlaps(outage.begins_unix_nano - slack_nano, _noticeable_until(outage, each, slack_nano))
    ]
    return Waited(outage, _first(noticed, "page"), _first(noticed, "ticket"))


def _first(callings: Iterable[Calling], severity: Severity) -> Calling | None:
    return next((each for each in callings if each.severity == severity), None)


def _noticeable_until(outage: Outage, calling: Calling, slack_nano: int) -> int | None:
    if outage.ends_unix_nano is None:
        return None
    return outage.ends_unix_nano + slack_nano + calling.window.short_window_s * NANOS_A_SECOND


def _wait_s(outage: Outage, calling: Calling | None) -> float | None:
    """0 where it was on before."""
    if calling is None:
        return None
    return max(0, calling.begins_unix_nano - outage.begins_unix_nano) / NANOS_A_SECOND
