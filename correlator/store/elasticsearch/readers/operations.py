"""Which services there are in a range of time, and what each does: distinct values, by aggregation."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from correlator.elasticsearch.documents.span_texts import KINDS
from correlator.store.contract import Operation
from correlator.store.elasticsearch.queries import SERVICE, Query, all_of, within
from correlator.store.elasticsearch.readers.record_search import RecordSearch

AT_ONCE: Final = 1_000
NUMBERS: Final = {name: number for number, name in enumerate(KINDS)}
WITH_KINDS: Final = len(KINDS)
"""Operations of one name at most."""


def services(records: RecordSearch, start_unix_nano: int, end_unix_nano: int) -> tuple[str, ...]:
    """The contract's services."""
    found = _distinct(records, all_of(within(start_unix_nano, end_unix_nano)), {"service": SERVICE})
    return tuple(sorted(values["service"] for values in found))


def operations(
    records: RecordSearch, service_name: str, range_unix_nano: tuple[int, int], limit: int
) -> tuple[Operation, ...]:
    """The contract's operations. Names come in order, but kinds in that of their names: so of one name all are read."""
    condition = all_of({"term": {SERVICE: service_name}}, within(*range_unix_nano))
    found: set[Operation] = set()
    for values in _distinct(records, condition, {"name": "name", "kind": "kind"}):
        found.add(Operation(values["name"] or "", NUMBERS.get(values["kind"], 0)))
        if len(found) >= limit + WITH_KINDS:
            break
    return tuple(sorted(found)[:limit])


def _distinct(records: RecordSearch, condition: Query, fields: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Each combination of values once, in the order of the fields; a missing value first, as None."""
    sources = [{name: {"terms": {"field": field, "missing_bucket": True}}} for name, field in fields.items()]
    after: dict[str, Any] | None = None
    while True:
        asked: dict[str, Any] = {"size": AT_ONCE, "sources": sources} | ({"after": after} if after else {})
        answer = records.answer(
            ("traces",),
            query=condition,
            size=0,
            track_total_hits=False,
            aggregations={"distinct": {"composite": asked}},
        )
        found = answer.get("aggregations", {}).get("distinct", {})
        buckets: Sequence[dict[str, Any]] = found.get("buckets", ())
        yield from (bucket["key"] for bucket in buckets)
        if len(buckets) < AT_ONCE:
            return
        after = found["after_key"]
