"""The parts of Elasticsearch queries that several readers share. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

Query = dict[str, Any]
Value = TypeVar("Value")
TIME: Final = "@timestamp"
TRACE_ID: Final = "trace_id"
SPAN_ID: Final = "span_id"
NAME: Final = "name"
DURATION: Final = "duration"
REQUEST: Final = "correlator.request"
EVENT: Final = "correlator.event"
SERVICE: Final = "correlator.service"
SYSTEM: Final = "correlator.system"
IS_ERROR: Final = "correlator.is_error"
JOIN_KEYS: Final = "correlator.join_keys"
LAST_TIME: Final = 2**63 - 1
TERMS_AT_ONCE: Final = 10_000
"""In one `terms` query; the server refuses more than 65,536 (index.max_terms_count)."""


def all_of(*conditions: Query | None) -> Query:
    """Without scores, so that the server may keep what each condition matches; None is no condition."""
    return {"bool": {"filter": [each for each in conditions if each is not None]}}


def but_not(condition: Query) -> Query:
    return {"bool": {"must_not": [condition]}}


def one_of(field: str, values: Collection[Any]) -> Query:
    return {"terms": {field: list(values)}}


def is_record() -> Query:
    """Of documents among the logs: no span event, which its span has too."""
    return but_not({"exists": {"field": EVENT}})


def within(start_unix_nano: int | None, end_unix_nano: int | None) -> Query | None:
    """Whose time is in [start, end): None is no bound, and neither is one that the server's date_nanos cannot hold."""
    bounds = {"gte": start_unix_nano, "lt": end_unix_nano}
    held = {name: rfc3339(bound) for name, bound in bounds.items() if bound is not None and _is_bound(name, bound)}
    return {"range": {TIME: held}} if held else None


def _is_bound(name: str, unix_nano: int) -> bool:
    return unix_nano > 0 if name == "gte" else unix_nano < LAST_TIME


def rfc3339(unix_nano: int) -> str:
    """With nine digits: as a number, a bound of a date_nanos field would count milliseconds.

    Before 1970 as 1970: the field holds nothing earlier.
    """
    seconds, nanos = divmod(max(0, unix_nano), 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"


def in_pieces(values: Iterable[Value], size: int = TERMS_AT_ONCE) -> Iterator[Sequence[Value]]:
    """Each value once, so many at a time."""
    distinct = list(dict.fromkeys(values))
    for first in range(0, len(distinct), size):
        yield distinct[first : first + size]
