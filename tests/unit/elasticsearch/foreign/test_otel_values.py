"""Values and times as the Collector writes them into documents."""

from typing import Any

import pytest

from correlator.elasticsearch.foreign.otel_values import any_value, unix_nano


@pytest.mark.parametrize(
    ("timestamp", "nanoseconds"),
    [
        ("1721314113467.654123", 1721314113467_654123),
        ("1721314113467.5", 1721314113467_000005),  # 5 ns: without leading zeros
        ("1721314113467", 1721314113467_000000),
        (1721314113467, 1721314113467_000000),
        ("0.0", 0),
        ("2024-07-18T14:48:33.467654123Z", 1721314113467_654123),
        ("2024-07-18T16:48:33.467+02:00", 1721314113467_000000),
        ("2024-07-18T14:48:33Z", 1721314113_000000000),
        ("yesterday", 0),
        ("2024-13-99T00:00:00Z", 0),
        ("", 0),
        (None, 0),
        (True, 0),
    ],
)
def test_a_timestamp_is_read_to_the_nanosecond(timestamp: Any, nanoseconds: int) -> None:
    """As the Collector, Elasticsearch and log shippers write them; 0 for what is none."""
    assert unix_nano(timestamp) == nanoseconds


def test_a_number_with_a_point_is_a_double() -> None:
    """And one without an integer, as far as OTLP has them."""
    assert any_value(1.0) == {"doubleValue": 1.0}
    assert any_value(2**63 - 1) == {"intValue": str(2**63 - 1)}
    assert any_value(2**63) == {"doubleValue": float(2**63)}


def test_lists_and_objects_are_nested_values() -> None:
    """null is a value without any."""
    assert any_value([True, {"a": None}]) == {
        "arrayValue": {"values": [{"boolValue": True}, {"kvlistValue": {"values": [{"key": "a", "value": {}}]}}]}
    }
