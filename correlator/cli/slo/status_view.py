"""Objectives as text for people: bars for budgets, tables for windows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from correlator.cli.slo.answers import AlertAnswer, BudgetAnswer, BurnRatesAnswer, SloAnswer, WindowAnswer
from correlator.cli.slo.rate_text import rate_text
from correlator.console import Trimmed, counted, plain, utc
from correlator.slo.rule_files.names import duration

BAR: Final = 10  # characters
LOW: Final = 0.25  # of a budget: coloured as a warning
FAR_BELOW: Final = -9.99  # of a budget: how far it is overdrawn is no longer read
NAMED: Final = 3  # objectives that are unknown for one reason: more are counted
STYLES: Final = {"page": "bold red", "ticket": "yellow", "missed": "red", "met": "green", "unknown": "dim"}
NOTHING: Final = "-"
FIGURES: Final = ("attained", "target", "budget left", "lasts", "state")


def objectives_view(objectives: Iterable[SloAnswer]) -> RenderableType:
    """A line an objective, two where its id would not be whole, and below why some are unknown."""
    listed = list(objectives)
    if not listed:
        return Text("no objectives")
    reasons = [plain(line, "dim") for line in _unknown(listed)]
    return Trimmed(Group(_Objectives(listed), *([Text()] if reasons else []), *reasons))


@dataclass(frozen=True, slots=True)
class _Objectives:
    """An id is copied to ask for more: it is whole at any width."""

    listed: Sequence[SloAnswer]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = _table("objective", *FIGURES)
        for each in self.listed:
            table.add_row(plain(each.id), *_figures(each))
        needed = max(len(each.id) for each in self.listed) + self._figures_width(console, options)
        yield table if needed <= options.max_width else Group(*self._in_two_lines(console, options))

    def _figures_width(self, console: Console, options: ConsoleOptions) -> int:
        return Measurement.get(console, options, self._figures_alone()).maximum

    def _in_two_lines(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Figures below the id and the title: it is by their names that workflows are known."""
        heading, *rows = console.render_lines(self._figures_alone(), options, pad=False)
        yield Segments([*heading, Segment.line()])
        for each, row in zip(self.listed, rows, strict=True):
            yield plain(f"{each.id}  {each.title}")
            yield Segments([*row, Segment.line()])

    def _figures_alone(self) -> Table:
        """Indented by its empty first column."""
        table = _table("", *FIGURES)
        for each in self.listed:
            table.add_row("", *_figures(each))
        return table


def _figures(each: SloAnswer) -> tuple[RenderableType, ...]:
    state = each.calls or each.verdict
    return (
        _ratio(each.attained),
        _ratio(each.target),
        _bar(each.error_budget_remaining),
        _lasts(each.exhausted_in_s),
        Text(state, STYLES[state]),
    )


def _unknown(listed: Iterable[SloAnswer]) -> Iterator[str]:
    """Each reason once, and of whom it is told."""
    ids_by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for each in listed:
        if each.verdict == "unknown":
            ids_by_reason[each.reason].append(each.id)
    for reason, ids in ids_by_reason.items():
        named = ", ".join(ids) if len(ids) <= NAMED else counted(len(ids), "objective")
        yield f"{named}: {reason}"


def objective_view(budget: BudgetAnswer, rates: BurnRatesAnswer) -> RenderableType:
    """Verdict, budget, every window, and every alert with its reason."""
    days = counted(budget.period_days, "day")
    lines = (
        plain(budget.title, "bold"),
        plain(f"{budget.id}: {budget.target:.10g} over {days}, as of {utc(rates.at_unix_nano)}"),
        Text.assemble(Text(budget.verdict, STYLES[budget.verdict]), plain(f": {budget.reason}")),
        Text.assemble("budget left ", _bar(budget.error_budget_remaining), f"  {_spent(budget)}"),
    )
    calls = Text.assemble("calls ", Text(rates.calls, STYLES[rates.calls]) if rates.calls else "nobody")
    parts: list[RenderableType] = [*lines, calls, Text(), _windows(rates.windows)]
    if rates.alerts:
        parts += [Text(), *(line for each in rates.alerts for line in _alert(each))]
    return Trimmed(Group(*parts))


def _spent(budget: BudgetAnswer) -> str:
    failures = (
        f"{budget.failures:,.10g} of {budget.allowed_failures:,.4g} that may fail, {_known(budget.coverage)} known"
    )
    is_going = bool(budget.exhausted_in_s)
    return f"{failures}; lasts {_lasts(budget.exhausted_in_s)} at this pace" if is_going else failures


def _windows(windows: Iterable[WindowAnswer]) -> Table:
    table = _table("window", "burn rate", "events", "failed", "known")
    for each in windows:
        rate = NOTHING if each.burn_rate is None else rate_text(each.burn_rate)
        table.add_row(
            duration(each.window_s), rate, f"{each.events:,.10g}", f"{each.failures:,.10g}", _known(each.coverage)
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


def _known(coverage: float) -> str:
    """Something is never nothing.

    >>> [_known(each) for each in (0.0, 0.0004, 0.067, 1.0)]
    ['0%', '<1%', '7%', '100%']
    """
    return "<1%" if 0 < coverage < 0.005 else f"{coverage:.0%}"


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
    left = f"{remaining:.0%}" if remaining >= FAR_BELOW else f"<{FAR_BELOW:.0%}"
    return Text.assemble(("█" * filled + "░" * (BAR - filled), style), f" {left:>6}")


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
