"""What one can filter a dashboard by: lists of values above its panels."""

import json
from dataclasses import dataclass
from typing import Any

from dashboards.source.kibana import fields
from dashboards.source.kibana.data_views import DataView
from dashboards.source.kibana.saved_object import Reference


@dataclass(frozen=True, slots=True)
class Control:
    """A list of the values of `field` in `view`; the chosen ones filter every panel, so each panel's view must have the field."""

    title: str
    field: str
    view: DataView

    @property
    def id(self) -> str:
        return f"by-{self.field.replace('.', '-')}"

    @property
    def reference(self) -> Reference:
        return self.view.reference(f"controlGroup_{self.id}:optionsListDataView")

    def built(self, order: int) -> dict[str, Any]:
        chosen = {
            "id": self.id,
            "title": self.title,
            "dataViewId": self.view.id,
            "fieldName": self.field,
            "searchTechnique": "prefix",
            "selectedOptions": [],
            "singleSelect": False,
            "runPastTimeout": False,
            "sort": {"by": "_count", "direction": "desc"},
        }
        return {
            "type": "optionsListControl",
            "order": order,
            "width": "medium",
            "grow": True,
            "explicitInput": chosen,
        }


def group(controls: tuple[Control, ...]) -> dict[str, Any]:
    """As a dashboard keeps them. Each narrows what those after it offer."""
    ignored = {"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False, "ignoreValidations": False}
    panels = {control.id: control.built(order) for order, control in enumerate(controls)}
    return {
        "chainingSystem": "HIERARCHICAL",
        "controlStyle": "oneLine",
        "showApplySelections": False,
        "ignoreParentSettingsJSON": json.dumps(ignored),
        "panelsJSON": json.dumps(panels),
    }


def by_service(view: DataView) -> Control:
    return Control("Service", fields.SERVICE, view)


def by_system(view: DataView) -> Control:
    return Control("System", fields.SYSTEM, view)
