"""What to ask Elasticsearch for. Pure: queries as its query language has them."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from correlator import semconv
from correlator.elasticsearch.foreign.sources import KeyFields, Source

Query = dict[str, Any]
OURS: Final = "correlator.request"
"""In each document that an engine of ours wrote, and in no other."""
LINK: Final = "trace"
TRACE_FIELDS: Final = (semconv.ECS_TRACE_ID, "trace_id", "json.trace.id", "json.trace_id")


def all_of(*queries: Query) -> Query:
    return {"bool": {"filter": list(queries)}}


def none_of(*queries: Query) -> Query:
    return {"bool": {"must_not": list(queries)}}


def exists(name: str) -> Query:
    return {"exists": {"field": name}}


def time_field(source: Source) -> str:
    return source.fields.get(semconv.ECS_TIMESTAMP, semconv.ECS_TIMESTAMP)


def written_by_others() -> Query:
    """Without what an engine of ours wrote: it has that already."""
    return none_of(exists(OURS))


def in_range(source: Source, start_unix_nano: int, end_unix_nano: int) -> Query:
    """Records of [start, end)."""
    return {"range": {time_field(source): {"gte": rfc3339(start_unix_nano), "lt": rfc3339(end_unix_nano)}}}


def spans() -> Query:
    return exists("duration")


def logs() -> Query:
    """Log records in OTel mode, without spans and their events."""
    return all_of(exists("observed_timestamp"), none_of(spans()))


def events_of(span_ids: Collection[str]) -> Query:
    """Events of spans in OTel mode."""
    return all_of({"terms": {"span_id": sorted(span_ids)}}, none_of(spans(), exists("observed_timestamp")))


def of_traces(source: Source, trace_ids: Iterable[str]) -> Query:
    """Records of these traces (32 hex digits each), written in either case; also where only the line's text has the id."""
    wanted = sorted(set(trace_ids))
    digits = [spelled for each in wanted for spelled in (each.lower(), each.upper())]
    own = source.fields.get(semconv.ECS_TRACE_ID)
    names = (own,) if own else TRACE_FIELDS
    return _any_of([*({"terms": {name: digits}} for name in names), *(_in_text(source, each) for each in wanted)])


def carrying(source: Source, key: str, fields: KeyFields) -> Query | None:
    """Records that may carry a join key (correlate.stitch.join_keys); None where none of theirs can."""
    kind, _, value = key.partition(":")
    if kind == LINK:
        return {"term": {"links.trace_id": value}} if source.kind == "otel" else None
    names = fields.names.get(kind, ())
    if not names:
        return None
    # lenient: a field that holds numbers is asked for a text too
    spelled = [each for name in names for each in _spellings(source, name)]
    asked = {"query": value, "fields": spelled, "operator": "and", "lenient": True}
    leaves = dict.fromkeys(each for name in names for each in (name, name.rpartition(".")[2]))
    return _any_of([{"multi_match": asked}, *(_in_text(source, f"{name} {value}") for name in leaves)])


def _in_text(source: Source, words: str) -> Query:
    """Records whose text has these words in a row: a name and its value are neighbours in a line of JSON."""
    message = "body.text" if source.kind == "otel" else source.fields.get(semconv.ECS_MESSAGE, semconv.ECS_MESSAGE)
    return {"match_phrase": {message: words}}


def _spellings(source: Source, name: str) -> tuple[str, ...]:
    if source.kind == "otel":
        return (f"attributes.{name}",)
    own = source.fields.get(name)
    return (own,) if own else (name, f"labels.{name}", f"json.{name}", f"json.labels.{name}")


def _any_of(queries: Iterable[Query]) -> Query:
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def rfc3339(unix_nano: int) -> str:
    """UTC, to the nanosecond; from the years that Elasticsearch's date_nanos has, 1970 to 2262."""
    seconds, nanoseconds = divmod(max(0, unix_nano), 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
