"""What every plot is drawn with."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from correlator.pipeline.slo.report import figures
from correlator.pipeline.slo.report.axes import HEIGHT, LEFT, RIGHT, WIDTH, Axes, Label, spread, time_ticks, value_ticks


def svg(name: str, title: str, parts: Iterable[Markup]) -> Markup:
    """The drawing: `name` is the plot's within its page, `title` tells it to those who do not see it; later parts lie above."""
    head = Markup(
        '<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-title">'
        '<title id="{name}-title">{title}</title>'
        '<defs><pattern id="{name}-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch-ground" width="7" height="7"/><line class="hatch" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
    ).format(width=WIDTH, height=HEIGHT, name=name, title=figures.one_line(title))
    return head + Markup("\n") + Markup("\n").join(parts) + Markup("\n</svg>")


def frame(axes: Axes) -> Iterator[Markup]:
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


def level(axes: Axes, value: float, style: str) -> Markup:
    """A line across at that value."""
    return Markup('<path class="{}" d="M{:.1f} {:.1f}H{:.1f}"/>').format(style, LEFT, axes.y(value), axes.right)


def strokes_between(places: Sequence[tuple[float, float] | None], style: str) -> Iterator[Markup]:
    """From place to place; none to or from what is not known."""
    strokes = [
        f"M{one[0]:.1f} {one[1]:.1f}L{other[0]:.1f} {other[1]:.1f}"
        for one, other in pairwise(places)
        if one is not None and other is not None
    ]
    if strokes:
        yield Markup('<path class="{}" d="{}"/>').format(style, "".join(strokes))


def circle(x: float, y: float, told: str, style: str = "dot") -> Markup:
    """A point that says `told` when a mouse points at it."""
    return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}</title></circle>').format(
        style, x, y, told
    )


def margin_texts(labels: Sequence[Label]) -> Iterator[Markup]:
    """Beside the plot at the right, moved apart where they would lie on each other."""
    for each in spread(labels):
        yield Markup('<text class="label {}" x="{}" y="{:.1f}">{}</text>').format(
            each.style, WIDTH - RIGHT + 8, each.y, escape(each.text)
        )
