"""Fills one template for each item: `$name` or `${name}` by the item's fields."""

from dataclasses import dataclass, field
from string import Template
from typing import Any

from opentelemetry import trace

from correlator.demo.items import NodeItem
from correlator.demo.typed_json import ConversionError
from correlator.demo.worker.each_item import ItemRefused

tracer = trace.get_tracer("correlator.demo.worker")


@dataclass(frozen=True, slots=True)
class Rendering:
    """What an item holds."""

    template: str
    fields: dict[str, Any] = field(default_factory=dict)


class TemplateRefused(ItemRefused):
    """A template that is none, or that names a field that the item lacks."""


def render(item: NodeItem) -> dict[str, Any]:
    with tracer.start_as_current_span("render_template"):
        try:
            rendering = item.read(Rendering)
            return {"text": Template(rendering.template).substitute(rendering.fields)}
        except KeyError as error:
            raise TemplateRefused(f"the template needs field {error.args[0]!r}") from error
        except (ConversionError, ValueError) as error:
            raise TemplateRefused(str(error)) from error
