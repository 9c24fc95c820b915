"""n8n's items as Python objects and back."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.demo.items import NodeItem, PairedItem, payloads, read_items, write_item, write_items
from correlator.demo.typed_json import ConversionError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
objects = st.dictionaries(
    texts,
    st.recursive(
        values | texts,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=3,
)
binaries = st.fixed_dictionaries({"data": texts, "mimeType": texts}, optional={"fileName": texts})
paired = st.lists(
    st.fixed_dictionaries({"item": st.integers(0, 99)}, optional={"input": st.integers(1, 3)}), min_size=1, max_size=2
)
documents = st.lists(
    st.fixed_dictionaries(
        {"json": objects},
        optional={
            "binary": st.dictionaries(texts, binaries, min_size=1, max_size=2),
            "pairedItem": paired,
            "error": st.fixed_dictionaries({"message": texts, "name": texts}),
            "index": st.integers(0, 9),
        },
    ),
    max_size=4,
)


@given(documents)
def test_items_survive_the_way_through_python(items: list[dict[str, Any]]) -> None:
    """What n8n sent is what it gets back, and it is JSON."""
    assert write_items(read_items(items)) == items
    json.dumps(write_items(read_items(items)), allow_nan=False)


@given(
    st.lists(
        st.builds(
            NodeItem,
            json=objects,
            paired=st.lists(st.builds(PairedItem, st.integers(0, 9), st.integers(0, 3)), max_size=2).map(tuple),
        ),
        max_size=3,
    )
)
def test_objects_survive_the_way_through_n8n(items: list[NodeItem]) -> None:
    """What Python sent is what it gets back."""
    assert read_items(json.loads(json.dumps(write_items(items)))) == tuple(items)


@pytest.mark.parametrize("short", [3, {"item": 3}, [3], [{"item": 3}]])
def test_each_form_of_a_paired_item_is_read(short: Any) -> None:
    """n8n writes a number, an object or an array."""
    (item,) = read_items([{"json": {}, "pairedItem": short}])
    assert item.paired == (PairedItem(3),)


def test_plain_object_is_an_item() -> None:
    """As `{{ $json }}` gives it."""
    assert read_items({"to": "a"}) == (NodeItem({"to": "a"}),)
    assert read_items([{"to": "a"}, {"to": "b"}]) == (NodeItem({"to": "a"}), NodeItem({"to": "b"}))


def test_typed_value_becomes_an_item_and_comes_back() -> None:
    """Dates and decimals too."""

    @dataclass(frozen=True)
    class Order:
        total: Decimal
        at: datetime
        note: str | None = None

    order = Order(Decimal("10.10"), datetime(2026, 1, 31, 9, 30, tzinfo=UTC))
    item = write_item(order, paired=2)
    assert item.json == {"total": "10.10", "at": "2026-01-31T09:30:00.000Z", "note": None}
    assert (item.read(Order), item.paired) == (order, (PairedItem(2),))


@pytest.mark.parametrize("document", [None, 7, "x", [1], [[]], [{"json": {}, "pairedItem": "x"}]])
def test_what_is_no_item_is_refused_with_its_place(document: Any) -> None:
    """A message begins with the item's number."""
    with pytest.raises(ConversionError, match=r"^items\[0\]"):
        read_items(document)


def test_payload_of_an_item_is_its_json() -> None:
    """That is what n8n's records hash."""
    assert payloads([{"json": {"a": 1}, "pairedItem": 0}, {"b": 2}]) == [{"a": 1}, {"b": 2}]
    assert payloads({"a": 1}) == {"a": 1}
