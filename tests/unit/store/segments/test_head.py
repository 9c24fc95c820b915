"""The head stays quick however small its requests are."""

from random import Random

from correlator.store.segments.head import FAN_IN, Head
from tests.conformance.records import generated_trace, log, tables, trace_id


def test_small_requests_are_consolidated() -> None:
    """Thousands of requests of one record are a few dozen tables, in log order, with nothing lost."""
    head, records = Head(0), tables(logs=[log(1, trace_id(1), is_error=True)])
    for position in range(3_000):
        head.append(records, position, position + 1, 0)
    view = head.view
    assert len(view.logs.tables) < 3 * FAN_IN
    assert view.of_signal("logs")["position"].to_pylist() == list(range(3_000))
    assert view.read_trace(trace_id(1)).logs.num_rows == 3_000
    assert view.errors_after(2_990).logs["position"].to_pylist() == list(range(2_991, 3_000))
    assert (view.rows, view.requests, view.last_position, view.end) == (3_000, 3_000, 2_999, 3_000)


def test_a_view_does_not_change() -> None:
    """What a reader took stays as it was while the head grows."""
    head, random = Head(0), Random(2)
    head.append(tables(generated_trace(random, 1)), 0, 1, 5)
    view = head.view
    rows = view.of_signal("traces").num_rows
    for position in range(1, 100):
        head.append(tables(generated_trace(random, position)), position, position + 1, 4)
    assert view.of_signal("traces").num_rows == rows
    assert head.view.oldest_arrival_unix_nano == 4
