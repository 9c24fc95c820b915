"""The kinds of panels. Each has a title, a description, a unit and thresholds; its place is given by the layout."""

from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.builders import heatmap as heatmap_builders
from grafana_foundation_sdk.builders import stat as stat_builders
from grafana_foundation_sdk.builders import table as table_builders
from grafana_foundation_sdk.builders import timeseries as timeseries_builders
from grafana_foundation_sdk.models import common, dashboard, heatmap
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.source.links import Link, built
from dashboards.source.queries import PROMETHEUS, Query, at_the_end, over_time

GREEN, YELLOW, ORANGE, RED, BLUE = "green", "yellow", "orange", "red", "blue"

Panel = stat_builders.Panel | timeseries_builders.Panel | heatmap_builders.Panel | table_builders.Panel
P = TypeVar("P", stat_builders.Panel, timeseries_builders.Panel, heatmap_builders.Panel, table_builders.Panel)


@dataclass(frozen=True, slots=True)
class About:
    """What every panel says of itself: `unit` is Grafana's id of one, `least` and `most` bound the axis.

    `steps` are thresholds: from a value on, a colour; the first has no value. `links` lead from each value of the panel.
    """

    title: str
    description: str
    unit: str
    steps: tuple[tuple[float | None, str], ...] = ((None, BLUE),)
    links: tuple[Link, ...] = ()
    decimals: int | None = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the label or value that it shows, its title, link, and width in pixels, 0 for what is left."""

    field: str
    title: str
    link: Link | None = None
    width: int = 0


def good_below(*limits: float) -> tuple[tuple[float | None, str], ...]:
    """Green, then at each limit a graver colour, the last one red."""
    colours = (YELLOW, ORANGE, RED)[-len(limits) :]
    return ((None, GREEN), *zip(limits, colours, strict=True))


def good_above(bad: float, good: float) -> tuple[tuple[float | None, str], ...]:
    """Red, from `bad` on yellow, from `good` on green."""
    return ((None, RED), (bad, YELLOW), (good, GREEN))


def stat(about: About, query: Query) -> stat_builders.Panel:
    """One figure for each series that there is at the end, its colour by the thresholds."""
    panel = stat_builders.Panel().color_mode(common.BigValueColorMode.VALUE).graph_mode(common.BigValueGraphMode.NONE)
    panel.reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
    return _described(panel.with_target(at_the_end(0, query)), about)


def timeseries(about: About, *queries: Query, is_stacked: bool = False) -> timeseries_builders.Panel:
    """Lines over time; a threshold beyond the first is a dashed line. Exemplars are points that lead to a trace."""
    panel = timeseries_builders.Panel().line_width(1).fill_opacity(30 if is_stacked else 8)
    panel.show_points(common.VisibilityMode.NEVER).span_nulls(False)
    if is_stacked:
        panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL))
    if len(about.steps) > 1:
        style = common.GraphThresholdsStyleMode.DASHED
        panel.thresholds_style(common_builders.GraphThresholdsStyleConfig().mode(style))
    panel.color_scheme(dashboard_builders.FieldColor().mode(dashboard.FieldColorModeId.PALETTE_CLASSIC))
    panel.tooltip(
        common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    )
    panel.legend(_legend())
    for number, query in enumerate(queries):
        panel.with_target(over_time(number, query))
    return _described(panel, about)


def heatmap_of(about: About, query: Query) -> heatmap_builders.Panel:
    """How many took how long, over time: `query` gives a histogram's buckets by `le`. Its y-axis has the panel's unit."""
    panel = heatmap_builders.Panel().calculate(False).show_legend().cell_gap(1)
    panel.with_target(over_time(0, Query(query.expr, "{{le}}", query.has_exemplars), PromQueryFormat.HEATMAP))
    panel.y_axis(heatmap_builders.YAxisConfig().unit(about.unit)).rows_frame(
        heatmap_builders.RowsHeatmapOptions().value("count")
    )
    colours = heatmap_builders.HeatmapColorOptions().mode(heatmap.HeatmapColorMode.SCHEME).scheme("Blues").steps(64)
    panel.color(colours.scale(heatmap.HeatmapColorScale.EXPONENTIAL).exponent(0.5).fill("dark-orange"))
    panel.filter_values(heatmap_builders.FilterValueRange().le(1e-9)).exemplars_color("rgba(255,0,255,0.7)")
    return _described(panel, about)


def table(about: About, query: Query, *columns: Column) -> table_builders.Panel:
    """A row for each series that there is at the end, the value of `Value` coloured by the thresholds; other labels are left out."""
    panel = table_builders.Panel().with_target(at_the_end(0, query, PromQueryFormat.TABLE))
    panel.build().options = {
        "frameIndex": 0,
        "showHeader": True,
        "cellHeight": "sm",
    }  # the bindings add what is no more
    order = {
        "indexByName": {column.field: place for place, column in enumerate(columns)},
        "renameByName": {column.field: column.title for column in columns},
        "includeByName": {column.field: True for column in columns},
        "excludeByName": {"Time": True},
    }
    panel.with_transformation(dashboard.DataTransformerConfig("organize", options=order))
    for column in columns:
        panel.override_by_name(column.title, _properties(column))
    return _described(panel, about)


def _properties(column: Column) -> list[dashboard.DynamicConfigValue]:
    given: dict[str, object] = {}
    if column.width:
        given["custom.width"] = column.width
    if column.field == "Value":
        given["custom.cellOptions"] = {"type": "color-text"}
    if column.link is not None:
        given["links"] = [{"title": column.link.title, "url": column.link.url}]
    return [dashboard.DynamicConfigValue(name, value) for name, value in given.items()]


def _described(panel: P, about: About) -> P:
    panel.title(about.title).description(about.description).unit(about.unit).datasource(PROMETHEUS)
    steps = [dashboard.Threshold(value, colour) for value, colour in about.steps]
    panel.thresholds(dashboard_builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps))
    if about.links:
        panel.data_links([built(link) for link in about.links])
    if about.decimals is not None:
        panel.decimals(about.decimals)
    if about.least is not None:
        panel.min(about.least)
    if about.most is not None:
        panel.max(about.most)
    return panel


def _legend() -> common_builders.VizLegendOptions:
    legend = common_builders.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST)
    return legend.placement(common.LegendPlacement.BOTTOM).show_legend(True).calcs([])
