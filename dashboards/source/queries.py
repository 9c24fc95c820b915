"""An expression of PromQL, and how a panel asks it."""

from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

DATA_SOURCE_VARIABLE: Final = "datasource"
PROMETHEUS: Final = DataSourceRef("prometheus", f"${{{DATA_SOURCE_VARIABLE}}}")
"""Whatever data source the dashboard's variable names: the provisioned one, unless somebody chooses another."""
REFERENCES: Final = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Query:
    """`legend` may name labels: `{{job}}`. With `has_exemplars` points that lead to a trace are drawn as well."""

    expr: str
    legend: str = ""
    has_exemplars: bool = False


def over_time(number: int, query: Query, form: PromQueryFormat = PromQueryFormat.TIME_SERIES) -> Dataquery:
    """The query asked for each step of what is shown. `number` is its place in the panel, from 0."""
    return _named(number, query).format(form).range().exemplar(query.has_exemplars)


def at_the_end(number: int, query: Query, form: PromQueryFormat = PromQueryFormat.TIME_SERIES) -> Dataquery:
    """The query asked once, for the end of what is shown: its `$__range` is all of it."""
    return _named(number, query).format(form).instant()


def _named(number: int, query: Query) -> Dataquery:
    asked = Dataquery().datasource(PROMETHEUS).ref_id(REFERENCES[number]).expr(query.expr)
    return asked.legend_format(query.legend or "__auto")
