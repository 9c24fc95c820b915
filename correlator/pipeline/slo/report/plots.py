"""Three plots of a report as SVG, drawn by hand: a page needs no script, no network, and no library that is larger than the engine.

Colours and fonts are classes of the page's style sheet, so that one drawing suits light, dark and paper. Every mark that a mouse
can point at has a title; every plot has one too, for those who do not see it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from correlator.pipeline.slo.report import figures
from correlator.pipeline.slo.report.axes import (
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Axes,
    Label,
    spread,
    time_ticks,
    value_ticks,
)
from correlator.slo.coverage import CALM_COVERAGE
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.report import ObjectiveReport
from correlator.slo.report.gaps import Gap
from correlator.slo.report.slots import Slot

NAMED_PX: Final = 56
UPRIGHT_PX: Final = 16
"""A gap at least so wide holds its name, and one so wide holds it upright."""
FAR_OVER: Final = 10.0  # budgets: from here on they are counted, not given in percent


def attained_plot(report: ObjectiveReport) -> Markup:
    """What was attained, hour by hour within two days and day by day beyond, against the target."""
    given = shown_slots(report)
    known = [each.attained for each in given if each.attained is not None]
    low = min([*known, report.target])
    axes = Axes(_start(report), _end(report), max(0.0, low - 0.15 * (1.0 - low)), 1.0)
    labels = [Label(axes.y(report.target) + 4, f"target {figures.target(report.target)}", "target")]
    places = [
        (_middle(axes, each), axes.y(each.attained)) if each.attained is not None and _is_mostly_known(each) else None
        for each in given
    ]
    return _svg(
        "attained",
        f"Attained by {report.title}, {_range(report)}, against a target of {figures.target(report.target)}",
        [
            *_frame(axes),
            *_gaps(axes, report.gaps, "attained"),
            _level(axes, report.target, "target"),
            *_lines(places, "series"),
            *(_dot(axes, each, report) for each in given if each.attained is not None),
            *_gap_names(axes, report.gaps),
            *_labels(labels),
        ],
    )


def burn_down_plot(report: ObjectiveReport) -> Markup:
    """What was left of the budget over the period that ends with the report, beside an even pace."""
    points = report.burn_down
    known = [each.remaining for each in points if each.remaining is not None]
    axes = Axes(report.period_start_unix_nano, report.reported_until_unix_nano, min([0.0, *known]) * 1.08, 1.0)
    places = [None if p.remaining is None else (axes.x(p.at_unix_nano), axes.y(p.remaining)) for p in points]
    labels = [Label(axes.y(0.0) + 4, "even pace", "pace")]
    if report.budget.remaining is not None:
        remaining = report.budget.remaining
        left = f"{figures.share(remaining)} left" if remaining >= 0 else f"{_overdrawn(-remaining)} over"
        labels.append(Label(axes.y(remaining) + 4, left, "series"))
    dots = (
        _circle(axes.x(p.at_unix_nano), axes.y(p.remaining), f"{figures.moment(p.at_unix_nano)}: {figures.share(p.remaining)} left")
        for p in points
        if p.remaining is not None
    )  # fmt: skip
    return _svg(
        "burn-down",
        f"Error budget left of {report.title} over the {report.period_days} days to {figures.moment(_end(report))}",
        [
            _band(axes, _start(report), _end(report)),
            *_frame(axes),
            *_gaps(axes, report.period_gaps, "burn-down"),
            _level(axes, 0.0, "zero"),
            Markup('<path class="pace" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>').format(
                LEFT, axes.y(1.0), axes.right, axes.y(0.0)
            ),
            *_lines(places, "series"),
            *dots,
            *_gap_names(axes, report.period_gaps),
            *_labels(labels),
        ],
    )


def _overdrawn(budgets: float) -> str:
    """As short as the margin is narrow: of a new objective the first failure burns hundreds of budgets."""
    return figures.share(budgets) if budgets < FAR_OVER else figures.rate(budgets)


def error_ratio_plot(report: ObjectiveReport) -> Markup:
    """Bad events of all, hour by hour; hours that burn faster than the budget's pace stand out."""
    ratios = [each.error_ratio for each in report.hours if each.error_ratio is not None]
    axes = Axes(_start(report), _end(report), 0.0, min(1.0, max([*ratios, 2 * report.error_budget]) * 1.1))
    known = [each for each in report.hours if each.error_ratio is not None]
    over = [each for each in known if each.error_ratio is not None and each.error_ratio > report.error_budget]
    within = [each for each in known if each not in over]
    labels = [Label(axes.y(report.error_budget) + 4, f"budget {figures.error_ratio(report.error_budget)}", "target")]
    return _svg(
        "error-ratio",
        f"Error ratio of {report.title} hour by hour, {_range(report)}, with a budget of {figures.error_ratio(report.error_budget)}",
        [
            *_frame(axes),
            *_gaps(axes, report.gaps, "error-ratio"),
            *_gap_names(axes, report.gaps),  # below the bars: an hour of which some is known has both
            *(_bar(axes, each, "bar") for each in within),
            *(_bar(axes, each, "bar over") for each in over),
            _level(axes, report.error_budget, "target"),
            *_labels(labels),
        ],
    )


def shown_slots(report: ObjectiveReport) -> tuple[Slot, ...]:
    """What the first plot and its table are of: hours up to two days, then days."""
    return report.hours if len(report.days) <= 2 else report.days


def _start(report: ObjectiveReport) -> int:
    return report.range.start_unix_nano


def _end(report: ObjectiveReport) -> int:
    return report.reported_until_unix_nano


def _range(report: ObjectiveReport) -> str:
    return f"{figures.moment(_start(report))} to {figures.moment(_end(report))} UTC"


def _middle(axes: Axes, slot: Slot) -> float:
    return axes.x((slot.start_unix_nano + slot.end_unix_nano) // 2)


def _svg(name: str, title: str, parts: Iterable[Markup]) -> Markup:
    head = Markup(
        '<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-title">'
        '<title id="{name}-title">{title}</title>'
        '<defs><pattern id="{name}-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch-ground" width="7" height="7"/><line class="hatch" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
    ).format(width=WIDTH, height=HEIGHT, name=name, title=figures.one_line(title))
    return head + Markup("\n") + Markup("\n").join(parts) + Markup("\n</svg>")


def _frame(axes: Axes) -> Iterator[Markup]:
    """Lines across with their values at the left, and times below."""
    for tick in value_ticks(axes.low, axes.high):
        y = axes.y(tick.at)
        yield Markup('<path class="grid" d="M{:.1f} {:.1f}H{:.1f}"/>').format(LEFT, y, axes.right)
        yield Markup('<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>').format(
            LEFT - 8, y + 4, tick.label
        )
    for tick in time_ticks(axes.start_unix_nano, axes.end_unix_nano):
        x = axes.x(int(tick.at))
        yield Markup('<path class="axis" d="M{:.1f} {:.1f}v5"/>').format(x, axes.foot)
        yield Markup('<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>').format(
            x, HEIGHT - 8, tick.label
        )
    yield Markup('<path class="axis" d="M{:.1f} {:.1f}H{:.1f}"/>').format(LEFT, axes.foot, axes.right)


def _gaps(axes: Axes, gaps: Sequence[Gap], plot: str) -> Iterator[Markup]:
    """Hatched."""
    for gap in _joined(axes, gaps):
        x, width = axes.x(gap.start_unix_nano), axes.x(gap.end_unix_nano) - axes.x(gap.start_unix_nano)
        told = f"no data from {figures.moment(gap.start_unix_nano)} to {figures.moment(gap.end_unix_nano)}"
        yield Markup(
            '<rect class="gap" fill="url(#{}-hatch)" x="{:.1f}" y="{}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
        ).format(plot, x, TOP, max(1.5, width), axes.foot - TOP, told)


def _gap_names(axes: Axes, gaps: Sequence[Gap]) -> Iterator[Markup]:
    """Drawn over every line."""
    for gap in _joined(axes, gaps):
        x, width = axes.x(gap.start_unix_nano), axes.x(gap.end_unix_nano) - axes.x(gap.start_unix_nano)
        if width >= UPRIGHT_PX:
            yield _gap_name(x + width / 2, (axes.foot + TOP) / 2, is_upright=width < NAMED_PX)


def _gap_name(x: float, y: float, *, is_upright: bool) -> Markup:
    turned = Markup(' transform="rotate(-90 {:.1f} {:.1f})"').format(x, y) if is_upright else Markup()
    return Markup('<text class="gap-name" x="{:.1f}" y="{:.1f}" dy="4" text-anchor="middle"{}>no data</text>').format(
        x, y, turned
    )


def _joined(axes: Axes, gaps: Sequence[Gap]) -> Iterator[Gap]:
    """Those less than a pixel apart as one: there may be thousands."""
    nearer_than = (axes.end_unix_nano - axes.start_unix_nano) // (WIDTH - LEFT - RIGHT)
    current: Gap | None = None
    for gap in gaps:
        if current is not None and gap.start_unix_nano - current.end_unix_nano < nearer_than:
            current = Gap(current.start_unix_nano, gap.end_unix_nano)
            continue
        if current is not None:
            yield current
        current = gap
    if current is not None:
        yield current


def _level(axes: Axes, value: float, style: str) -> Markup:
    return Markup('<path class="{}" d="M{:.1f} {:.1f}H{:.1f}"/>').format(style, LEFT, axes.y(value), axes.right)


def _band(axes: Axes, start_unix_nano: int, end_unix_nano: int) -> Markup:
    """The report's own range within the period."""
    x, end = axes.x(start_unix_nano), axes.x(end_unix_nano)
    return Markup(
        '<rect class="band" x="{:.1f}" y="{}" width="{:.1f}" height="{:.1f}"><title>this report</title></rect>'
    ).format(x, TOP, end - x, axes.foot - TOP)


def _lines(places: Sequence[tuple[float, float] | None], style: str) -> Iterator[Markup]:
    """From place to place; none to or from what is not known."""
    strokes = [
        f"M{one[0]:.1f} {one[1]:.1f}L{other[0]:.1f} {other[1]:.1f}"
        for one, other in pairwise(places)
        if one is not None and other is not None
    ]
    if strokes:
        yield Markup('<path class="{}" d="{}"/>').format(style, "".join(strokes))


def _dot(axes: Axes, slot: Slot, report: ObjectiveReport) -> Markup:
    """Round where the target was reached, square where it was not, for colour alone is not seen by all; hollow where most of
    the time is not known."""
    assert slot.attained is not None
    x, y = _middle(axes, slot), axes.y(slot.attained)
    told = f"{_when(slot)}: {figures.attained(slot.attained)} of {figures.counted(slot.total)}"
    hollow = "" if _is_mostly_known(slot) else " hollow"
    if slot.attained >= report.target:
        return _circle(x, y, told, f"dot{hollow}")
    return Markup('<rect class="missed{}" x="{:.1f}" y="{:.1f}" width="8" height="8"><title>{}</title></rect>').format(
        hollow, x - 4, y - 4, told
    )


def _is_mostly_known(slot: Slot) -> bool:
    return slot.coverage >= CALM_COVERAGE


def _circle(x: float, y: float, told: str, style: str = "dot") -> Markup:
    return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}</title></circle>').format(
        style, x, y, told
    )


def _bar(axes: Axes, slot: Slot, style: str) -> Markup:
    """From the foot up; an hour whose events were all good is a line on the foot, one without events is nothing."""
    assert slot.error_ratio is not None
    x, end = axes.x(slot.start_unix_nano), axes.x(slot.end_unix_nano)
    height = max(1.5, axes.foot - axes.y(slot.error_ratio))
    told = f"{_when(slot)}: {figures.error_ratio(slot.error_ratio)}, {figures.counted(slot.failures)} of {figures.counted(slot.total)}"
    return Markup(
        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
    ).format(style, x, axes.foot - height, max(0.8, (end - x) * 0.86), height, told)


def _labels(labels: Sequence[Label]) -> Iterator[Markup]:
    for each in spread(labels):
        yield Markup('<text class="label {}" x="{}" y="{:.1f}">{}</text>').format(
            each.style, WIDTH - RIGHT + 8, each.y, escape(each.text)
        )


def _when(slot: Slot) -> str:
    is_day = slot.end_unix_nano - slot.start_unix_nano > 60 * MINUTE_NANO
    return figures.day(slot.start_unix_nano) if is_day else figures.moment(slot.start_unix_nano)
