"""Generated requests: decode equals the slow oracle, and both encodings of a request give equal tables."""

from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correlator.doors.otlp_decode import Decoded, decode
from correlator.model.limits import Limits
from correlator.model.tables import SCHEMAS
from correlator.store.contract import Frame
from tests.property.otlp_oracle import comparable, expected, rows_of, system_by_name
from tests.property.otlp_requests import ARRIVAL, as_otlp_json, otlp_requests

LIMITS = Limits(attributes_per_record=2, value_bytes=64, nesting_depth=2)
SIGNALS = {"traces": "spans", "logs": "logs", "metrics": "metrics"}
SLOW_TO_DRAW = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("signal", SIGNALS)
@SLOW_TO_DRAW
@given(data=st.data())
def test_decode_equals_the_plain_loop(signal: str, data: st.DataObject) -> None:
    """Rows, schema and rejections are those of the oracle."""
    request = data.draw(otlp_requests(signal))
    decoded = _decode(signal, "protobuf", request.SerializeToString())
    answer = expected(signal, request, LIMITS, ARRIVAL)
    table = getattr(decoded.tables, SIGNALS[signal])
    assert table.schema == SCHEMAS[signal]
    table.validate(full=True)
    assert comparable(rows_of(table)) == comparable(answer.rows)
    assert {it.reason: it.count for it in decoded.rejections} == answer.rejected


@pytest.mark.parametrize("signal", SIGNALS)
@SLOW_TO_DRAW
@given(data=st.data())
def test_json_and_protobuf_of_a_request_give_equal_tables(signal: str, data: st.DataObject) -> None:
    """The encoding leaves no mark on tables and rejections."""
    request: Message = data.draw(otlp_requests(signal))
    from_protobuf = _decode(signal, "protobuf", request.SerializeToString())
    from_json = _decode(signal, "json", as_otlp_json(request))
    assert _rows(from_json, signal) == _rows(from_protobuf, signal)
    assert from_json.rejections == from_protobuf.rejections


def _decode(signal: str, encoding: str, payload: bytes) -> Decoded:
    return decode(Frame(signal, encoding, ARRIVAL, payload), LIMITS, system_by_name)


def _rows(decoded: Decoded, signal: str) -> list[Any]:
    return comparable(rows_of(getattr(decoded.tables, SIGNALS[signal])))
