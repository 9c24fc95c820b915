"""What one can filter a dashboard by."""

from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders.dashboard import DatasourceVariable, QueryVariable
from grafana_foundation_sdk.models.dashboard import VariableModel, VariableOption, VariableRefresh, VariableSort

from dashboards.source.queries import DATA_SOURCE_VARIABLE, PROMETHEUS

ALL: Final = "$__all"
DEFAULT_SOURCE: Final = "prometheus"
"""The uid of the data source that provisioning makes."""
_LABEL_VALUES: Final = 1
"""Grafana's number of this kind of query in its editor."""


@dataclass(frozen=True, slots=True)
class Variable:
    """The values of `label` among the series of `selector`: any number of them, or all."""

    name: str
    title: str
    selector: str
    label: str
    description: str

    def built(self) -> VariableModel:
        """As Grafana has it: all values at first, asked for anew when the time changes."""
        query = f"label_values({self.selector}, {self.label})"
        asked: dict[str, object] = {"qryType": _LABEL_VALUES, "query": query, "refId": self.name}
        variable = QueryVariable(self.name).label(self.title).description(self.description)
        variable.query(asked).datasource(PROMETHEUS)
        variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)
        variable.multi(True).include_all(True).all_value(".*")
        return _without_steps(variable.current(VariableOption(True, "All", ALL)).build())


def data_source() -> VariableModel:
    """Which Prometheus is asked."""
    variable = DatasourceVariable(DATA_SOURCE_VARIABLE).type("prometheus").label("Prometheus")
    variable.description("The Prometheus that scrapes n8n, the services and the engine.")
    return _without_steps(variable.current(VariableOption(True, "Prometheus", DEFAULT_SOURCE)).build())


def _without_steps(variable: VariableModel) -> VariableModel:
    """The bindings give every variable what only one of intervals has."""
    variable.auto = variable.auto_min = variable.auto_count = None
    return variable
