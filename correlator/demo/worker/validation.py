"""Checks each item's record against a JSON Schema that the item brings along, or against the one of an order."""

from dataclasses import dataclass
from typing import Any, Final

import jsonschema
from opentelemetry import trace

from correlator.demo.items import NodeItem
from correlator.demo.typed_json import ConversionError
from correlator.demo.worker.each_item import ItemRefused

ORDER_SCHEMA: Final = {
    "type": "object",
    "required": ["order_id", "total"],
    "properties": {"order_id": {"type": "string"}, "total": {"type": "number", "minimum": 0}},
}

tracer = trace.get_tracer("correlator.demo.worker")


@dataclass(frozen=True, slots=True)
class Check:
    """What an item holds."""

    record: dict[str, Any]
    schema: dict[str, Any] | None = None


class RecordRefused(ItemRefused):
    """A record that its schema does not allow."""


def validate(item: NodeItem) -> dict[str, Any]:
    with tracer.start_as_current_span("validate_record"):
        try:
            check = item.read(Check)
            jsonschema.validate(check.record, check.schema or ORDER_SCHEMA)
        except ConversionError as error:
            raise RecordRefused(str(error)) from error
        except jsonschema.ValidationError as error:
            raise RecordRefused(f"{error.json_path}: {error.message}") from error
        except jsonschema.SchemaError as error:
            raise RecordRefused(f"the item's schema is none: {error.message}") from error
        return {"valid": True}
