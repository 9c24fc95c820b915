"""Lens: the kinds of charts. Each reads one data view, and says in a sentence what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from dashboards.source.kibana.columns import Column, kql
from dashboards.source.kibana.data_views import DataView
from dashboards.source.kibana.saved_object import Reference

LAYER: Final = "layer"
"""Every chart has one layer."""
LAYER_REFERENCE: Final = f"indexpattern-datasource-layer-{LAYER}"
PAGE: Final = 10
"""Rows of a table that are seen at once."""

Series = Literal["line", "bar_stacked", "area"]


@dataclass(frozen=True, slots=True)
class About:
    """`query` (KQL) says which documents of `view` the chart is of."""

    title: str
    description: str
    view: DataView
    query: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart by value: `kind` and `state` are Lens's own, `columns` in the order in which documents are split."""

    about: About
    kind: str
    columns: tuple[Column, ...]
    state: Mapping[str, Any]

    @property
    def references(self) -> tuple[Reference, ...]:
        return (self.about.view.reference(LAYER_REFERENCE),)

    def built(self) -> dict[str, Any]:
        """The attributes of a Lens visualization."""
        return {
            "title": self.about.title,
            "type": "lens",
            "visualizationType": self.kind,
            "references": [reference.as_json() for reference in self.references],
            "state": {
                "visualization": dict(self.state),
                "query": kql(self.about.query),
                "filters": [],
                "datasourceStates": {"formBased": {"layers": {LAYER: self._layer()}}},
                "internalReferences": [],
                "adHocDataViews": {},
            },
        }

    def _layer(self) -> dict[str, Any]:
        return {
            "columns": {column.id: column.built() for column in self.columns},
            "columnOrder": [column.id for column in self.columns],
            "incompleteColumns": {},
            "sampling": 1,
            "ignoreGlobalFilters": False,
        }


def figure(about: About, metric: Column, colour: str = "") -> Chart:
    """One number."""
    state = {"layerId": LAYER, "layerType": "data", "metricAccessor": metric.id, "applyColorTo": "value"}
    return Chart(about, "lnsMetric", (metric,), state | ({"color": colour} if colour else {}))


def lines(about: About, buckets: tuple[Column, ...], metrics: tuple[Column, ...], series: Series = "line") -> Chart:
    """Over the first bucket, which is time or a value; the second, if there is one, splits it into series."""
    across, *split = buckets
    layer: dict[str, Any] = {
        "layerId": LAYER,
        "layerType": "data",
        "seriesType": series,
        "xAccessor": across.id,
        "accessors": [metric.id for metric in metrics],
        "position": "top",
        "showGridlines": False,
    }
    if split:
        layer["splitAccessor"] = split[0].id
    shown = {"x": False, "yLeft": False, "yRight": False}
    state = {
        "preferredSeriesType": series,
        "layers": [layer],
        "legend": {"isVisible": True, "position": "bottom", "showSingleSeries": True},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": shown,
    }
    return Chart(about, "lnsXY", (*reversed(split), across, *metrics) if split else (across, *metrics), state)


def donut(about: About, bucket: Column, metric: Column) -> Chart:
    """Shares of a whole."""
    layer = {
        "layerId": LAYER,
        "layerType": "data",
        "primaryGroups": [bucket.id],
        "metrics": [metric.id],
        "numberDisplay": "percent",
        "categoryDisplay": "default",
        "legendDisplay": "show",
        "legendPosition": "right",
        "nestedLegend": False,
    }
    return Chart(about, "lnsPie", (bucket, metric), {"shape": "donut", "layers": [layer]})


def table(about: About, buckets: tuple[Column, ...], metrics: tuple[Column, ...], by: str = "count") -> Chart:
    """A row for each combination of buckets, the highest `by` first."""
    columns = (*buckets, *metrics)
    state = {
        "layerId": LAYER,
        "layerType": "data",
        "columns": [{"columnId": column.id, "isMetric": not column.is_bucketed} for column in columns],
        "sorting": {"columnId": by, "direction": "desc"},
        "paging": {"size": PAGE, "enabled": True},
    }
    return Chart(about, "lnsDatatable", columns, state)
