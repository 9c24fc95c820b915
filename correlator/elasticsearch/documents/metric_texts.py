"""Data points as documents: one for each, named as it came."""

from json.encoder import encode_basestring as quote
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator.elasticsearch.documents.json_columns import (
    Parts,
    Texts,
    double_texts,
    joined,
    number_texts,
    numbers,
    only,
    times,
    values,
    wrapped,
)
from correlator.elasticsearch.documents.record_texts import Records, opening, own, sender

_DOUBLES: Final = ("value", "sum", "min", "max")


def metric_texts(records: Records) -> Texts:
    """A document for each data point. `metrics.<name>` is its value; of a histogram or summary `sum` and `value_count`."""
    starts = records["start_time_unix_nano"]
    return joined(
        [
            *opening(records, "time_unix_nano"),
            *times("start_timestamp", only(pc.not_equal(starts, 0), starts)),
            *records.words("unit", "unit", keeps_empty=False),
            *values("attributes", records["attributes"]),
            _metrics(records),
            *sender(records),
            *own(records, ',"point":{', *_point(records), "}"),
            "}",
        ]
    )


def _metrics(records: Records) -> Texts:
    """`metrics`; null where nothing finite was measured, or under a blank name, which no field can have."""
    names = [f',"metrics":{{{quote(name)}:' if name.strip() else None for name in records["name"].to_pylist()]
    finite = only(pc.is_finite(records["value"]), double_texts(records["value"]))
    value = pc.coalesce(number_texts(records["value_int"]), finite, _summary(records))
    return pc.binary_join_element_wise(pa.array(names, pa.string()), value, "}", "")


def _summary(records: Records) -> Texts:
    total = only(pc.is_finite(records["sum"]), double_texts(records["sum"]))
    count = wrapped('{"value_count":', number_texts(records["count"]), "")
    return only(pc.is_valid(count), joined([count, wrapped(',"sum":', total, ""), "}"]))


def _point(records: Records) -> Parts:
    """What exact reading back needs."""
    doubles = (values(name, double_texts(records[name])) for name in _DOUBLES)
    return [
        *records.terms("type", lambda kind: f'"type":{quote(kind)}'),
        *numbers("is_monotonic", records["is_monotonic"]),
        *records.words("name", "name"),
        *records.words("description", "description", keeps_empty=False),
        *records.not_zero("temporality", "temporality"),
        *numbers("value_int", records["value_int"]),
        *numbers("count", records["count"]),
        *(part for parts in doubles for part in parts),
        *values("buckets", records["buckets"]),
        *values("exemplars", records["exemplars"]),
    ]
