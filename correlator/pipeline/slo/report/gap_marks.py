"""Times of which nothing is known, in a plot."""

from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from correlator.pipeline.slo.report import figures
from correlator.pipeline.slo.report.axes import LEFT, RIGHT, TOP, WIDTH, Axes
from correlator.slo.report.gaps import Gap

NAMED_PX: Final = 56
UPRIGHT_PX: Final = 16
"""A gap at least so wide holds its name, and one so wide holds it upright."""


def gap_bands(axes: Axes, gaps: Sequence[Gap], plot: str) -> Iterator[Markup]:
    """Hatched."""
    for gap in _joined(axes, gaps):
        x, width = axes.x(gap.start_unix_nano), axes.x(gap.end_unix_nano) - axes.x(gap.start_unix_nano)
        told = f"no data from {figures.moment(gap.start_unix_nano)} to {figures.moment(gap.end_unix_nano)}"
        yield Markup(
            '<rect class="gap" fill="url(#{}-hatch)" x="{:.1f}" y="{}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
        ).format(plot, x, TOP, max(1.5, width), axes.foot - TOP, told)


def gap_names(axes: Axes, gaps: Sequence[Gap]) -> Iterator[Markup]:
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
