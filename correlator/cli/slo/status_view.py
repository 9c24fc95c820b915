"""Objectives as text for people: bars for budgets, tables for windows."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from correlator.cli.slo.answers import AlertAnswer, BudgetAnswer, BurnRatesAnswer, SloAnswer, WindowAnswer
from correlator.console import Trimmed, counted, plain, utc
from correlator.slo.rule_files.names import duration

BAR: Final = 10  # characters
LOW: Final = 0.25  # of a budget: coloured as a warning
STYLES: Final = {"page": "bold red", "ticket": "yellow", "missed": "red", "met": "green", "unknown": "dim"}
NOTHING: Final = "-"


def objectives_view(objectives: Iterable[SloAnswer]) -> RenderableType:
    """A line an objective, and below why some are unknown."""
    listed = list(objectives)
    if not listed:
        return Text("no objectives")
    table = _table("objective", "attained", "target", "budget left", "lasts", "state")
    for each in listed:
        state = each.calls or each.verdict
        table.add_row(
            plain(each.id),
            _ratio(each.attained),
            _ratio(each.target),
            _bar(each.error_budget_remaining),
            _lasts(each.exhausted_in_s),
            Text(state, STYLES[state]),
        )
    reasons = [plain(f"{each.id}: {each.reason}", "dim") for each in listed if each.verdict == "unknown"]
    return Trimmed(Group(table, *([Text()] if reasons else []), *reasons))


def objective_view(budget: BudgetAnswer, rates: BurnRatesAnswer) -> RenderableType:
    """Verdict, budget, every window, and every alert with its reason."""
    days = counted(budget.period_days, "day")
    lines = (
        Text.assemble(plain(budget.id, "bold"), f": {budget.target:.10g} over {days}, as of {utc(rates.at_unix_nano)}"),
        Text.assemble(Text(budget.verdict, STYLES[budget.verdict]), plain(f": {budget.reason}")),
        Text.assemble("budget left ", _bar(budget.error_budget_remaining), f"  {_spent(budget)}"),
    )
    calls = Text.assemble("calls ", Text(rates.calls, STYLES[rates.calls]) if rates.calls else "nobody")
    parts: list[RenderableType] = [*lines, calls, Text(), _windows(rates.windows)]
    if rates.alerts:
        parts += [Text(), *(line for each in rates.alerts for line in _alert(each))]
    return Trimmed(Group(*parts))


def _spent(budget: BudgetAnswer) -> str:
    failures = f"{budget.failures:,.10g} of {budget.allowed_failures:,.4g} that may fail, {budget.coverage:.1%} known"
    is_going = bool(budget.exhausted_in_s)
    return f"{failures}; lasts {_lasts(budget.exhausted_in_s)} at this pace" if is_going else failures


def _windows(windows: Iterable[WindowAnswer]) -> Table:
    table = _table("window", "burn rate", "events", "failed", "known")
    for each in windows:
        rate = NOTHING if each.burn_rate is None else f"{each.burn_rate:.3g}"
        table.add_row(
            duration(each.window_s), rate, f"{each.events:,.10g}", f"{each.failures:,.10g}", f"{each.coverage:.0%}"
        )
    return table


def _alert(alert: AlertAnswer) -> Iterator[Text]:
    """What it is, and below why it is so."""
    windows = f"{duration(alert.long_window_s)} and {duration(alert.short_window_s)}"
    state = "on" if alert.is_on else "off"
    since = f" since {utc(alert.since_unix_nano)}" if alert.since_unix_nano is not None else ""
    frozen = ", frozen" if alert.is_frozen else ""
    yield Text.assemble(
        f"{alert.severity} over {alert.factor:.4g} in {windows}: ",
        (state, STYLES[alert.severity] if alert.is_on else ""),
        f"{since}{frozen}",
    )
    yield plain(f"  {alert.reason}", "dim")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        is_number = column not in ("objective", "window", "budget left", "state")
        table.add_column(column, justify="right" if is_number else "left", no_wrap=number > 0, overflow="fold")
    return table


def _ratio(ratio: float | None) -> str:
    """As many digits as tell it from 1.

    >>> [_ratio(each) for each in (0.999, 1.0, 0.99987654, None)]
    ['99.9%', '100%', '99.9877%', '-']
    """
    return NOTHING if ratio is None else f"{round(100 * ratio, 4):.10g}%"


def _bar(remaining: float | None) -> Text:
    """Filled as far as there is budget left."""
    if remaining is None:
        return Text(f"{'?' * BAR}", "dim")
    filled = round(BAR * min(1.0, max(0.0, remaining)))
    style = "red" if remaining <= 0 else "yellow" if remaining < LOW else "green"
    return Text.assemble(("█" * filled + "░" * (BAR - filled), style), f" {remaining:5.0%}")


def _lasts(seconds: float | None) -> str:
    """The two largest units.

    >>> [_lasts(each) for each in (None, 0.0, 59.0, 3_700.0, 200_000.0, 1e9)]
    ['-', 'burnt', '1m', '1h 1m', '2d 7h', 'years']
    """
    if seconds is None:
        return NOTHING
    if seconds <= 0:
        return "burnt"
    minutes = max(1, int(seconds // 60))
    days, hours = minutes // 1_440, minutes // 60 % 24
    if days > 365:
        return "years"
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {minutes % 60}m" if hours else f"{minutes}m"
