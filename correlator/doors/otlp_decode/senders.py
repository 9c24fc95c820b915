"""Who sent the records: the columns that all records of one resource and scope share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.doors.otlp_decode.columns import repeated_terms
from correlator.model.marks import Mark

SystemOf = Callable[[Mapping[str, Any], str], str]
"""Resource attributes and scope name to n8n | bridge | worker | other."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A run of rows that came from one resource and scope."""

    resource_attributes: str  # JSON object
    scope_name: str
    count: int


def one_sender(rows: list[tuple[Any, ...]], resource_attributes: str, scope_name: str) -> Iterable[Sender]:
    """All rows are of the resource and scope that they were sent under."""
    return (Sender(resource_attributes, scope_name, len(rows)),)


class Senders:
    """One run of rows for each resource and scope, in the order of the request."""

    def __init__(self, system_of: SystemOf) -> None:
        self._system_of = system_of
        self._counts: list[int] = []
        self._service_names: list[str] = []
        self._systems: list[str] = []
        self._scope_names: list[str] = []
        self._resource_attributes: list[str] = []
        self._are_retold: list[bool] = []

    def add(self, sender: Sender) -> None:
        """The next `sender.count` rows came from there."""
        attributes = msgspec.json.decode(sender.resource_attributes, type=dict[str, Any])
        self._counts.append(sender.count)
        self._service_names.append(service_name(attributes))
        self._systems.append(self._system_of(attributes, sender.scope_name))
        self._scope_names.append(sender.scope_name)
        self._resource_attributes.append(sender.resource_attributes)
        self._are_retold.append(semconv.SOURCE in attributes)

    def columns(self) -> dict[str, pa.Array]:
        return {
            "service_name": repeated_terms(self._service_names, self._counts),
            "system": repeated_terms(self._systems, self._counts),
            "scope_name": repeated_terms(self._scope_names, self._counts),
            "resource_attributes": repeated_terms(self._resource_attributes, self._counts),
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
