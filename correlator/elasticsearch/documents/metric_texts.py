"""Data points as documents: one for each, named as it came."""

from json.encoder import encode_basestring as quote
from typing import Final

import pyarrow.compute as pc

from correlator.elasticsearch.documents.json_columns import (
    Texts,
    double_texts,
    field,
    joined,
    number_texts,
    only,
    time_texts,
)
from correlator.elasticsearch.documents.record_texts import Records, opening, own, sender

_DOUBLES: Final = ("value", "sum", "min", "max")
_INTEGERS: Final = ("value_int", "count", "temporality", "start_time_unix_nano")


def metric_texts(records: Records) -> Texts:
    """A document for each data point. `metrics.<name>` is its value; of a histogram or summary `sum` and `value_count`."""
    starts = records["start_time_unix_nano"]
    return joined(
        opening(records, "time_unix_nano"),
        field("start_timestamp", only(pc.not_equal(starts, 0), time_texts(starts))),
        field("unit", records.terms("unit", lambda unit: quote(unit) if unit else None)),
        field("attributes", records["attributes"]),
        _metrics(records),
        *sender(records),
        *own(records, ',"point":{"name":', records.texts("name"), *_point(records), "}"),
        "}",
    )


def _metrics(records: Records) -> Texts:
    """`metrics`; null where nothing finite was measured, or under a blank name, which no field can have."""
    name = records.terms("name", lambda name: f',"metrics":{{{quote(name)}:' if name.strip() else None)
    finite = only(pc.is_finite(records["value"]), double_texts(records["value"]))
    value = pc.coalesce(number_texts(records["value_int"]), finite)
    return pc.binary_join_element_wise(name, pc.coalesce(value, _summary(records)), "}", "")


def _summary(records: Records) -> Texts:
    total = only(pc.is_finite(records["sum"]), double_texts(records["sum"]))
    count = pc.binary_join_element_wise('{"value_count":', number_texts(records["count"]), "")
    return only(pc.is_valid(count), joined(count, field("sum", total), "}"))


def _point(records: Records) -> list[Texts]:
    """What exact reading back needs."""
    return [
        field("description", records.terms("description", lambda text: quote(text) if text else None)),
        field("type", records.texts("type")),
        field("is_monotonic", number_texts(records["is_monotonic"])),
        *(field(name, records.not_zero(name)) for name in ("temporality",)),
        *(field(name, number_texts(records[name])) for name in ("value_int", "count")),
        *(field(name, double_texts(records[name])) for name in _DOUBLES),
        field("buckets", records["buckets"]),
        field("exemplars", records["exemplars"]),
    ]
