"""Spans name their payload by its hash."""

from typing import Any

import pytest
from opentelemetry import trace

from correlator.payload import payload_hash
from correlator.telemetry import record_payload
from correlator.telemetry.payload import MAX_HASHES
from tests.unit.telemetry.conftest import Recorder

ORDER = {"order": 17, "customer": "acme"}


def hashes_of(recorder: Recorder, value: Any) -> Any:
    """What a span says of `value`."""
    with recorder.tracer_provider.get_tracer("test").start_as_current_span("work"):
        record_payload(value)
    attributes = recorder.span("work").attributes
    assert attributes is not None
    return attributes.get("correlator.payload.hash")


def test_value_is_named_by_its_hash(recorder: Recorder) -> None:
    """As any other system hashes it, whatever order its keys are in."""
    assert hashes_of(recorder, ORDER) == payload_hash(dict(reversed(ORDER.items())))


def test_list_is_named_by_its_elements(recorder: Recorder) -> None:
    """Each of n8n's items on its own; one too small to tell anything is left out."""
    other = {"order": 18, "customer": "globex"}
    assert hashes_of(recorder, [ORDER, {}, other]) == (payload_hash(ORDER), payload_hash(other))


def test_long_list_is_cut(recorder: Recorder) -> None:
    """A join needs one."""
    assert len(hashes_of(recorder, [{"order": number, "n": 1} for number in range(100)])) == MAX_HASHES


@pytest.mark.parametrize("value", [{}, [], None, True, [{}, {}], object(), float("nan")])
def test_value_that_tells_nothing_leaves_no_attribute(recorder: Recorder, value: Any) -> None:
    """Neither does what is no JSON."""
    assert hashes_of(recorder, value) is None


def test_outside_of_any_span_nothing_happens() -> None:
    """A script may call it."""
    record_payload(ORDER)
    assert trace.get_current_span() is trace.INVALID_SPAN
