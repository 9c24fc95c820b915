"""Data points of all five metric types to rows of the table METRICS."""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa

from correlator.doors.otlp_decode import columns
from correlator.doors.otlp_decode.attribute_texts import AttributeTexts
from correlator.doors.otlp_decode.identifiers import SPAN_ID_BYTES, TRACE_ID_BYTES, is_identifier
from correlator.doors.otlp_decode.rejections import Unfit
from correlator.doors.otlp_decode.value_texts import double_text
from correlator.model.tables import METRICS

Point = tuple[Any, Any]
"""A metric and one of its data points; None where it has no data."""

TEMPORALITIES: Final = range(3)  # unspecified, delta, cumulative
HAS_TEMPORALITY: Final = frozenset({"sum", "histogram", "exponential_histogram"})
OWN_COLUMNS: Final = (
    "name", "unit", "description", "type", "temporality", "is_monotonic", "start_time_unix_nano", "time_unix_nano",
    "value", "value_int", "count", "sum", "min", "max", "buckets", "exemplars", "attributes", "flags",
)  # fmt: skip
TERMS: Final = frozenset({"name", "unit", "description", "type"})
TIMES: Final = frozenset({"start_time_unix_nano", "time_unix_nano"})


def points(scope_metrics: Any) -> Iterator[Point]:
    """Each data point with its metric; a metric without data once."""
    for metric in scope_metrics.metrics:
        kind = metric.WhichOneof("data")
        if kind is None:
            yield metric, None
        else:
            for point in getattr(metric, kind).data_points:
                yield metric, point


def point_row(of_metric: Point, texts: AttributeTexts) -> tuple[Any, ...]:
    """Values in the order of OWN_COLUMNS, then marks. Raises Unfit for a point that is not kept."""
    metric, point = of_metric
    if point is None:
        raise Unfit("no_data", "a metric has none of gauge, sum, histogram, exponential_histogram, summary; set one")
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    temporality = data.aggregation_temporality if kind in HAS_TEMPORALITY else 0
    attributes = texts.text(point.attributes)
    exemplars = None if kind == "summary" else _exemplars_text(point.exemplars, texts)
    return (
        metric.name,
        metric.unit,
        metric.description,
        kind,
        temporality if temporality in TEMPORALITIES else 0,
        kind == "sum" and data.is_monotonic,
        point.start_time_unix_nano,
        point.time_unix_nano,
        *_MEASURES[kind](point, texts.limit),
        exemplars,
        attributes,
        point.flags,
        0,
    )


def point_columns(rows: list[tuple[Any, ...]]) -> dict[str, pa.Array]:
    """The columns of at least one data point that are its own."""
    by_name = dict(zip((*OWN_COLUMNS, "marks"), zip(*rows, strict=True), strict=True))
    return {name: _column(name, values) for name, values in by_name.items()}


def _column(name: str, values: tuple[Any, ...]) -> pa.Array:
    if name in TERMS:
        return columns.terms(values)
    if name in TIMES:
        return columns.unsigned(values)
    return pa.array(values, METRICS.field(name).type)


# Each gives value, value_int, count, sum, min, max, buckets; and rejects a point with more than `limit` buckets.


def _number(point: Any, limit: int) -> tuple[Any, ...]:
    case = point.WhichOneof("value")
    if case is None:
        return None, None, None, None, None, None, None
    value = getattr(point, case)
    return float(value), value if case == "as_int" else None, None, None, None, None, None


def _histogram(point: Any, limit: int) -> tuple[Any, ...]:
    counts, bounds = _bounded(point.bucket_counts, limit), point.explicit_bounds
    if len(counts) != len(bounds) + 1 and (counts or bounds):
        message = f"{len(counts)} bucket_counts beside {len(bounds)} explicit_bounds; send one count more than bounds"
        raise Unfit("bad_histogram", message)
    buckets = f'{{"bounds":{_doubles_text(bounds)},"counts":{_integers_text(counts)}}}'
    return None, None, _count(point), *_sum_min_max(point), buckets


def _exponential_histogram(point: Any, limit: int) -> tuple[Any, ...]:
    for side in (point.positive, point.negative):
        _bounded(side.bucket_counts, limit)
    buckets = (
        f'{{"scale":{point.scale},"zero_count":{point.zero_count},'
        f'"positive":{_buckets_text(point.positive)},"negative":{_buckets_text(point.negative)}}}'
    )
    return None, None, _count(point), *_sum_min_max(point), buckets


def _summary(point: Any, limit: int) -> tuple[Any, ...]:
    quantiles = [
        f'{{"quantile":{double_text(value.quantile)},"value":{double_text(value.value)}}}'
        for value in _bounded(point.quantile_values, limit)
    ]
    return None, None, _count(point), point.sum, None, None, f'{{"quantiles":[{",".join(quantiles)}]}}'


_MEASURES: Final = {
    "gauge": _number,
    "sum": _number,
    "histogram": _histogram,
    "exponential_histogram": _exponential_histogram,
    "summary": _summary,
}


def _bounded(buckets: Any, limit: int) -> Any:
    if len(buckets) > limit:
        raise Unfit("too_many_buckets", f"{len(buckets)} buckets or quantiles; send at most {limit}")
    return buckets


def _count(point: Any) -> int:
    return int(min(point.count, columns.INT64_MAX))


def _sum_min_max(point: Any) -> list[float | None]:
    return [getattr(point, name) if point.HasField(name) else None for name in ("sum", "min", "max")]


def _buckets_text(buckets: Any) -> str:
    return f'{{"offset":{buckets.offset},"counts":{_integers_text(buckets.bucket_counts)}}}'


def _integers_text(values: Any) -> str:
    return f"[{','.join(map(str, values))}]"


def _doubles_text(values: Any) -> str:
    return f"[{','.join(map(double_text, values))}]"


def _exemplars_text(exemplars: Any, texts: AttributeTexts) -> str | None:
    if len(exemplars) > texts.limit:
        raise Unfit("too_many_exemplars", f"{len(exemplars)} exemplars; send at most {texts.limit}")
    return f"[{','.join(map(_exemplar_text, exemplars))}]" if exemplars else None


def _exemplar_text(exemplar: Any) -> str:
    case = exemplar.WhichOneof("value")
    value = "null"
    if case is not None:
        value = str(exemplar.as_int) if case == "as_int" else double_text(exemplar.as_double)
    return (
        f'{{"time_unix_nano":{min(exemplar.time_unix_nano, columns.INT64_MAX)},"value":{value},'
        f'"trace_id":{_hex_text(exemplar.trace_id, TRACE_ID_BYTES)},'
        f'"span_id":{_hex_text(exemplar.span_id, SPAN_ID_BYTES)}}}'
    )


def _hex_text(identifier: bytes, width: int) -> str:
    return f'"{identifier.hex()}"' if is_identifier(identifier, width) else "null"
