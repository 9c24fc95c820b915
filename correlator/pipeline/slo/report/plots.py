"""Three plots of a report as SVG, drawn by hand: a page needs no script, no network, and no library that is larger than the engine.

Colours and fonts are classes of the page's style sheet, so that one drawing suits light, dark and paper. Every mark that a mouse
can point at has a title; every plot has one too, for those who do not see it.
"""

from typing import Final

from markupsafe import Markup

from correlator.pipeline.slo.report import figures
from correlator.pipeline.slo.report.axes import LEFT, TOP, Axes, Label
from correlator.pipeline.slo.report.gap_marks import gap_bands, gap_names
from correlator.pipeline.slo.report.marks import circle, frame, level, margin_texts, strokes_between, svg
from correlator.slo.coverage import CALM_COVERAGE
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.report import ObjectiveReport
from correlator.slo.report.slots import Slot

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
    return svg(
        "attained",
        f"Attained by {report.title}, {_range(report)}, against a target of {figures.target(report.target)}",
        [
            *frame(axes),
            *gap_bands(axes, report.gaps, "attained"),
            level(axes, report.target, "target"),
            *strokes_between(places, "series"),
            *(_dot(axes, each, report) for each in given if each.attained is not None),
            *gap_names(axes, report.gaps),
            *margin_texts(labels),
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
        circle(axes.x(p.at_unix_nano), axes.y(p.remaining), f"{figures.moment(p.at_unix_nano)}: {figures.share(p.remaining)} left")
        for p in points
        if p.remaining is not None
    )  # fmt: skip
    return svg(
        "burn-down",
        f"Error budget left of {report.title} over the {report.period_days} days to {figures.moment(_end(report))}",
        [
            _band(axes, _start(report), _end(report)),
            *frame(axes),
            *gap_bands(axes, report.period_gaps, "burn-down"),
            level(axes, 0.0, "zero"),
            Markup('<path class="pace" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>').format(
                LEFT, axes.y(1.0), axes.right, axes.y(0.0)
            ),
            *strokes_between(places, "series"),
            *dots,
            *gap_names(axes, report.period_gaps),
            *margin_texts(labels),
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
    return svg(
        "error-ratio",
        f"Error ratio of {report.title} hour by hour, {_range(report)}, with a budget of {figures.error_ratio(report.error_budget)}",
        [
            *frame(axes),
            *gap_bands(axes, report.gaps, "error-ratio"),
            *gap_names(axes, report.gaps),  # below the bars: an hour of which some is known has both
            *(_bar(axes, each, "bar") for each in within),
            *(_bar(axes, each, "bar over") for each in over),
            level(axes, report.error_budget, "target"),
            *margin_texts(labels),
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


def _band(axes: Axes, start_unix_nano: int, end_unix_nano: int) -> Markup:
    """The report's own range within the period."""
    x, end = axes.x(start_unix_nano), axes.x(end_unix_nano)
    return Markup(
        '<rect class="band" x="{:.1f}" y="{}" width="{:.1f}" height="{:.1f}"><title>this report</title></rect>'
    ).format(x, TOP, end - x, axes.foot - TOP)


def _middle(axes: Axes, slot: Slot) -> float:
    return axes.x((slot.start_unix_nano + slot.end_unix_nano) // 2)


def _dot(axes: Axes, slot: Slot, report: ObjectiveReport) -> Markup:
    """Round where the target was reached, square where it was not, for colour alone is not seen by all; hollow where most of
    the time is not known."""
    assert slot.attained is not None
    x, y = _middle(axes, slot), axes.y(slot.attained)
    told = f"{_when(slot)}: {figures.attained(slot.attained)} of {figures.counted(slot.total)}"
    hollow = "" if _is_mostly_known(slot) else " hollow"
    if slot.attained >= report.target:
        return circle(x, y, told, f"dot{hollow}")
    return Markup('<rect class="missed{}" x="{:.1f}" y="{:.1f}" width="8" height="8"><title>{}</title></rect>').format(
        hollow, x - 4, y - 4, told
    )


def _is_mostly_known(slot: Slot) -> bool:
    return slot.coverage >= CALM_COVERAGE


def _bar(axes: Axes, slot: Slot, style: str) -> Markup:
    """From the foot up; an hour whose events were all good is a line on the foot, one without events is nothing."""
    assert slot.error_ratio is not None
    x, end = axes.x(slot.start_unix_nano), axes.x(slot.end_unix_nano)
    height = max(1.5, axes.foot - axes.y(slot.error_ratio))
    told = f"{_when(slot)}: {figures.error_ratio(slot.error_ratio)}, {figures.counted(slot.failures)} of {figures.counted(slot.total)}"
    return Markup(
        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
    ).format(style, x, axes.foot - height, max(0.8, (end - x) * 0.86), height, told)


def _when(slot: Slot) -> str:
    is_day = slot.end_unix_nano - slot.start_unix_nano > 60 * MINUTE_NANO
    return figures.day(slot.start_unix_nano) if is_day else figures.moment(slot.start_unix_nano)
