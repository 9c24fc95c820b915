"""Typed values survive the way through JSON, or are refused with the field's path."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.demo.typed_json import MAX_SAFE_INTEGER, ConversionError, from_json, to_json


class Tariff(Enum):
    BASIC = "basic"
    PLUS = 2


@dataclass(frozen=True)
class Address:
    street: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Customer:
    """Every kind of field."""

    name: str
    age: int
    score: float
    is_new: bool
    balance: Decimal
    born: date
    seen: datetime
    tariff: Tariff
    address: Address | None
    history: list[Address]
    prices: dict[str, Decimal]
    notes: dict[str, Any] = field(default_factory=dict)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
addresses = st.builds(Address, texts, st.lists(texts, max_size=3).map(tuple))
decimals = st.decimals(allow_nan=False, allow_infinity=False)
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
zones = st.timezones() | st.just(UTC) | st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))
customers = st.builds(
    Customer,
    name=texts,
    age=st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER),
    score=st.floats(allow_nan=False, allow_infinity=False),
    is_new=st.booleans(),
    balance=decimals,
    born=st.dates(),
    seen=st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC)),
    tariff=st.sampled_from(Tariff),
    address=st.none() | addresses,
    history=st.lists(addresses, max_size=3),
    prices=st.dictionaries(texts, decimals, max_size=3),
    notes=st.dictionaries(texts, plain_json, max_size=3),
)


@given(customers)
def test_value_survives_the_way_through_json(customer: Customer) -> None:
    """Python to text and back: equal, field by field."""
    assert from_json(Customer, json.loads(json.dumps(to_json(customer), allow_nan=False))) == customer


@given(st.datetimes(datetime(1902, 1, 1), datetime(2200, 1, 1), timezones=zones))
def test_moment_keeps_its_instant_in_any_zone(moment: datetime) -> None:
    """It comes back in UTC, as n8n has no zones of its own. Compared as UTC: in the hour that clocks repeat, no two zones are equal."""
    assert from_json(datetime, to_json(moment)) == moment.astimezone(UTC)


@given(st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER))
def test_whole_float_as_javascript_prints_it_is_still_a_float(number: int) -> None:
    """JSON.stringify(2.0) is `2`."""
    value = from_json(float, number)
    assert (value, type(value)) == (number, float)


def test_moment_is_written_as_n8n_writes_it() -> None:
    """Milliseconds and a Z; microseconds only where there are any."""
    assert to_json(datetime(2026, 1, 31, 9, 30, tzinfo=UTC)) == "2026-01-31T09:30:00.000Z"
    assert to_json(datetime(2026, 1, 31, 9, 30, 0, 123456, UTC)) == "2026-01-31T09:30:00.123456Z"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (2**53, r"^json: 9007199254740992 loses digits in JavaScript; declare the field as Decimal"),
        (float("nan"), r"^json: nan is no JSON number"),
        (datetime(2026, 1, 1), r"^json: 2026-01-01T00:00:00 has no time zone"),
        ({"a": [b"x"]}, r"^json\.a\[0\]: a bytes has no form in JSON"),
        ({1: "x"}, r"^json: key 1 is no text"),
    ],
)
def test_value_that_would_not_come_back_is_refused(value: Any, problem: str) -> None:
    """Before it is sent, and with its path."""
    with pytest.raises(ConversionError, match=problem):
        to_json(value)


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        (int, 1.5, r"1\.5 is not a whole number"),
        (int, True, r"True is not a whole number"),
        (float, "1", r"'1' is not a number"),
        (str, None, r"None is not a text"),
        (bool, 1, r"1 is not true or false"),
        (date, "31.01.2026", r"'31\.01\.2026' is no date like 2026-01-31"),
        (datetime, "2026-01-31T09:30:00", r"has no time zone"),
        (Decimal, "1,5", r"'1,5' is no decimal number"),
        (Tariff, "gold", r"'gold' is none of 'basic', 2"),
        (list[int], {}, r"an object is not an array"),
        (dict[str, int], [], r"an array is not an object"),
    ],
)
def test_json_of_another_type_is_refused(kind: Any, value: Any, problem: str) -> None:
    """The message says what came and what was expected."""
    with pytest.raises(ConversionError, match=problem):
        from_json(kind, value)


def test_refusal_names_the_path_of_a_nested_field() -> None:
    """From the top, with the index."""
    with pytest.raises(ConversionError, match=r"^json\.lines\[1\]: 7 is not a text"):
        from_json(Address, {"street": "a", "lines": ["b", 7]})
    with pytest.raises(ConversionError, match=r"^json\.street: is missing"):
        from_json(Address, {})


def test_unknown_keys_are_passed_over() -> None:
    """Callers may add fields."""
    assert from_json(Address, {"street": "a", "new": 1}) == Address("a")


def test_choice_of_several_types_is_a_mistake_of_the_declaration() -> None:
    """Not of the data."""
    with pytest.raises(TypeError, match="choice of several types"):
        from_json(int | str, 1)  # type: ignore[arg-type]
