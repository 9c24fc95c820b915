"""Whether an exporter writes where a store concludes: both call an incident the same, and each would take the other's for its own."""

from functools import partial
from typing import Any, Final

import msgspec
from elasticsearch import Elasticsearch

from correlator.elasticsearch.names import Names
from correlator.errors import SettingsError
from correlator.store.elasticsearch.failures import patiently

LOOKED_AT: Final = 100
"""Of each kind: an exporter sends all that it has at its start."""


def expect_no_exports(client: Elasticsearch, names: Names) -> None:
    """Raises SettingsError where an exporter's conclusions lie in the indices of the store, and Unavailable."""
    for index in (names.incidents, names.error_groups):
        found = patiently(partial(client.search, index=index, size=LOOKED_AT, sort=["_doc"]))
        if not all(_is_exact(hit.source) for hit in found["hits"]["hits"]):
            raise SettingsError(
                f"an engine exports its conclusions into {index!r}, where the store would keep its own; "
                "set elasticsearch.prefix and elasticsearch.dataset to names that no exporter has"
            )


def _is_exact(source: bytes) -> bool:
    """Whether a store wrote it: only then it can be read back."""
    document: dict[str, Any] = msgspec.json.decode(source)
    return "exact" in document.get("correlator", {})
