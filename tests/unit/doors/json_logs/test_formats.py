"""Telling formats apart, and what holds for each of them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.doors.json_logs import FORMATS, Unreadable, may_be_known, read_entry, sniff
from tests.unit.doors.json_logs.log_lines import ECS_NESTED, ONE_OF_EACH, OTEL

UID = "log.record.uid"
EVERY_FIELD = sorted({name for line in ONE_OF_EACH.values() for name in line} | {"Body", "TraceId", "severity", "log"})
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
NAMES = st.sampled_from(EVERY_FIELD) | st.text()


@pytest.mark.parametrize("name", list(ONE_OF_EACH))
def test_each_format_is_told_by_its_line(name: str) -> None:
    """And read to a record with an id of its own."""
    entry = read_entry(ONE_OF_EACH[name])
    assert sniff(ONE_OF_EACH[name]) == name
    assert entry is not None
    assert entry.attributes[UID]


def test_an_object_of_no_format_is_refused_with_those_that_are_known() -> None:
    """So that the reader of the message knows what to send."""
    with pytest.raises(Unreadable, match="n8n_event_log, n8n_stdout, ecs, otel_json") as raised:
        read_entry({"level": "info", "msg": "pino's"})
    assert raised.value.reason == "unknown_format"
    assert sniff({}) is None


@pytest.mark.parametrize("name", list(ONE_OF_EACH))
def test_the_id_is_that_of_the_line(name: str) -> None:
    """The same line twice is one record; another line is another."""
    line = ONE_OF_EACH[name]
    other = line | ({"id": "other"} if name == "n8n_event_log" else {"message": "other", "body": "other"})
    first, again, third = (read_entry(each) for each in (line, json.loads(json.dumps(line)), other))
    assert first is not None
    assert third is not None
    assert first == again
    assert first.attributes[UID] != third.attributes[UID]


@given(document=st.dictionaries(NAMES, VALUES), base=st.sampled_from(list(ONE_OF_EACH)))
@settings(max_examples=400, deadline=None)
def test_no_object_is_read_to_anything_but_a_record_or_a_refusal(document: dict[str, Any], base: str) -> None:
    """Random fields alone, and in the place of a known line's."""
    for hostile in (document, ONE_OF_EACH[base] | document):
        try:
            read_entry(hostile)
        except Unreadable as refused:
            assert refused.message


@given(document=st.dictionaries(NAMES, VALUES), base=st.sampled_from(list(ONE_OF_EACH)), data=st.data())
@settings(max_examples=200, deadline=None)
def test_the_order_of_keys_makes_no_difference(document: dict[str, Any], base: str, data: st.DataObject) -> None:
    """The same record, attributes in the same order, or the same refusal."""
    whole = ONE_OF_EACH[base] | document
    shuffled = {name: whole[name] for name in data.draw(st.permutations(sorted(whole)))}
    assert _said(whole) == _said(shuffled)


def _said(document: dict[str, Any]) -> str:
    try:
        entry = read_entry(document)
    except Unreadable as refused:
        return refused.message
    return repr(entry)


def test_a_line_that_nests_without_end_is_refused() -> None:
    """As deep as JSON is read at all."""
    nested: Any = 1
    for _ in range(900):
        nested = {"arrayValue": {"values": [nested]}}
    with pytest.raises(Unreadable):
        read_entry(ONE_OF_EACH["otel_json"] | {"body": nested})


@pytest.mark.parametrize("line", [*ONE_OF_EACH.values(), *OTEL.values(), ECS_NESTED])
def test_no_line_of_a_known_format_is_passed_over_unparsed(line: dict[str, Any]) -> None:
    """What the door looks for in a body before it parses it."""
    assert may_be_known(json.dumps(line))
    assert not may_be_known('{"level": "info", "msg": "body and metadata"}')


def test_the_formats_are_the_four() -> None:
    """Their names are what a message and the documentation call them."""
    assert [each.name for each in FORMATS] == list(ONE_OF_EACH)
