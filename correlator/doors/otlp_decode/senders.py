"""Who sent the records: the columns that all records of one resource and scope share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.doors.otlp_decode.attribute_texts import AttributeTexts
from correlator.doors.otlp_decode.columns import repeated_terms
from correlator.model.details import resource_details, scope_details
from correlator.model.marks import Mark

UINT32_MAX: Final = 2**32 - 1
SystemOf = Callable[[Mapping[str, Any], str], str]
"""Resource attributes and scope name to n8n | bridge | worker | other."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A resource and scope, with the words of the tables' columns."""

    resource_attributes: str
    resource_details: str | None
    scope_name: str
    scope_details: str | None


def sender_of(resource: Any, resource_attributes: str, scope: Any, texts: AttributeTexts) -> Sender:
    """Of a group of records, say a ResourceSpans and one of its ScopeSpans. A scope's attributes over a limit count as dropped."""
    told = scope.scope
    attributes, dropped = texts.text_if_fit(told.attributes), told.dropped_attributes_count
    if attributes is None:
        attributes, dropped = "{}", min(dropped + len(told.attributes), UINT32_MAX)
    return Sender(
        resource_attributes,
        resource_details(resource.schema_url, resource.resource.dropped_attributes_count),
        told.name,
        scope_details(told.version, attributes, scope.schema_url, dropped),
    )


def one_sender(rows: list[tuple[Any, ...]], sender: Sender) -> Iterable[tuple[Sender, int]]:
    """All rows are of the resource and scope that they were sent under."""
    return ((sender, len(rows)),)


TOLD: Final = tuple(field.name for field in fields(Sender))


class Senders:
    """One run of rows for each resource and scope, in the order of the request."""

    def __init__(self, system_of: SystemOf) -> None:
        self._system_of = system_of
        self._counts: list[int] = []
        self._service_names: list[str] = []
        self._systems: list[str] = []
        self._senders: list[Sender] = []
        self._are_retold: list[bool] = []

    def add(self, sender: Sender, count: int) -> None:
        """The next `count` rows came from there."""
        attributes = msgspec.json.decode(sender.resource_attributes, type=dict[str, Any])
        self._counts.append(count)
        self._service_names.append(service_name(attributes))
        self._systems.append(self._system_of(attributes, sender.scope_name))
        self._senders.append(sender)
        self._are_retold.append(semconv.SOURCE in attributes)

    def columns(self) -> dict[str, pa.Array]:
        return {
            "service_name": repeated_terms(self._service_names, self._counts),
            "system": repeated_terms(self._systems, self._counts),
            **{
                name: repeated_terms([getattr(sender, name) for sender in self._senders], self._counts) for name in TOLD
            },
        }

    def marked(self, marks: pa.Array) -> pa.Array:
        """The `marks` of all rows, with RECONSTRUCTED on those whose resource says that another than the sender told them."""
        if not any(self._are_retold):
            return marks
        of_senders = np.where(self._are_retold, int(Mark.RECONSTRUCTED), 0).astype(np.int32)
        return pc.bit_wise_or(marks, pa.array(np.repeat(of_senders, self._counts)))


def service_name(resource_attributes: Mapping[str, Any]) -> str:
    """service.name where it is a text, else unknown_service."""
    name = resource_attributes.get(semconv.SERVICE_NAME)
    return name if isinstance(name, str) and name else semconv.UNKNOWN_SERVICE
