"""Records by their name, and by when they arrived: what engines on one store tell one another."""

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from correlator.store.elasticsearch.queries import all_of, is_record
from correlator.store.elasticsearch.readers.record_search import RecordSearch

NAME_OF: Final = {"traces": "name", "logs": "event_name"}
ARRIVAL: Final = "correlator.arrival"


def arrived_by_name(
    records: RecordSearch, signal: str, prefixes: Sequence[str], start_unix_nano: int, end_unix_nano: int
) -> pa.Table:
    """Spans, or logs, whose name begins with one of the prefixes, and which arrived in [start, end)."""
    named = {"bool": {"should": [{"prefix": {NAME_OF[signal]: prefix}} for prefix in prefixes]}}
    arrived = {"range": {ARRIVAL: {"gte": start_unix_nano, "lt": end_unix_nano}}}
    found = records.records((signal,), all_of(named, arrived, is_record() if signal == "logs" else None))
    return found.logs if signal == "logs" else found.spans
