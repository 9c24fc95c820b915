"""What speaks as a Prometheus may be anything: an answer is samples, or it is refused."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.doors.prometheus.document import NotAnAnswer, read_answer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)  # fmt: skip
SAMPLES = st.lists(st.tuples(st.floats() | st.integers(), st.text() | st.floats().map(repr)) | JSON, max_size=4)
SERIES = st.fixed_dictionaries({"metric": st.dictionaries(st.text(), st.text()) | JSON, "values": SAMPLES | JSON})


def matrix(result: Any) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


@given(st.lists(SERIES, max_size=3) | JSON)
def test_an_answer_is_samples_or_is_refused(result: Any) -> None:
    """Whatever the types: no other error leaves, since that would end the turn of all objectives."""
    try:
        answer = read_answer(matrix(result))
    except NotAnAnswer:
        return
    for each in answer.series:
        assert len(each.times_ms) == len(each.values)
        assert np.all(each.times_ms >= 0)


@pytest.mark.parametrize("result", [5, None, "up", {"a": 1}, [5], [None], [{"values": [["1", "1"]]}]])
def test_wrong_types_are_refused(result: Any) -> None:
    """As an answer that no Prometheus gives."""
    with pytest.raises(NotAnAnswer):
        read_answer(matrix(result))


@pytest.mark.parametrize("time_s", [-1, 1e300, 253_402_300_800])
def test_a_sample_is_of_a_time_that_can_be(time_s: float) -> None:
    """Milliseconds of any other are no whole number that a machine can hold."""
    with pytest.raises(NotAnAnswer):
        read_answer(matrix([{"metric": {}, "values": [[time_s, "1"]]}]))
