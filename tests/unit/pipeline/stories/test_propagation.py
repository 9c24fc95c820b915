"""Coverage over a window: bounded, and shown on /metrics."""

from threading import Event

from correlator.model.propagation import HOPS
from correlator.pipeline.stories.propagation import PropagationGauge, PropagationReader
from tests.unit.pipeline.watch.watched import Watched, unix_nano


def broken(executions: int) -> Watched:
    """So many executions whose context did not reach the bridge, a second apart."""
    watched = Watched()
    for execution in range(executions):
        watched.now_s = execution
        watched.fail_n8n_alone(0xB * 256 + execution, str(execution))
        watched.fail_bridge_alone(0xA * 256 + execution, str(execution))
    return watched


def test_counts_the_calls_of_a_window() -> None:
    """Each lost call with what joined it."""
    watched = broken(5)
    seen = PropagationReader(watched.store).read(unix_nano(-60), unix_nano(60))
    first = seen.hops[0]
    assert (first.calls, first.arrived, first.joined_by, seen.is_sampled) == (5, 0, {"execution_id": 5}, False)
    assert [hop.hop for hop in seen.hops] == list(HOPS)


def test_reads_a_sample_of_more_traces_than_it_may() -> None:
    """Spread over the time, and said so; shares stay what they are."""
    watched = broken(64)
    seen = PropagationReader(watched.store, max_traces=16).read(unix_nano(-20), unix_nano(70))
    assert seen.is_sampled
    assert 0 < seen.hops[0].calls <= 32
    assert seen.hops[0].share == 0.0
    assert set(seen.hops[0].joined_by) == {"execution_id"}


def test_never_reads_more_spans_than_it_may() -> None:
    """A trace that is too large is passed over."""
    watched = broken(4)
    seen = PropagationReader(watched.store, max_spans=3).read(unix_nano(-60), unix_nano(60))
    assert (seen.is_sampled, seen.spans <= 6) == (True, True)


def test_the_gauge_shows_the_last_quarter_of_an_hour() -> None:
    """A hop without a call has no ratio."""
    watched = broken(3)
    now_s = 60.0
    gauge = PropagationGauge(PropagationReader(watched.store), watched.metrics, lambda: unix_nano(now_s))
    gauge.show()
    ratio = watched.metrics.registry.get_sample_value
    assert ratio("correlator_propagation_coverage_ratio", {"hop": "n8n_to_bridge"}) == 0.0
    assert ratio("correlator_propagation_calls", {"hop": "n8n_to_bridge", "context": "joined"}) == 3
    assert ratio("correlator_propagation_coverage_ratio", {"hop": "worker_to_callback"}) is None
    now_s = 2_000.0
    gauge.show()
    assert ratio("correlator_propagation_coverage_ratio", {"hop": "n8n_to_bridge"}) is None
    assert ratio("correlator_propagation_calls", {"hop": "n8n_to_bridge", "context": "joined"}) == 0


def test_the_gauges_loop_outlives_a_look_that_fails() -> None:
    """An error is logged; the next look may succeed."""
    watched = broken(1)
    stop, looks = Event(), []

    def clock() -> int:
        looks.append(None)
        if len(looks) == 1:
            raise OSError("the clock is gone")
        stop.set()
        return unix_nano(60)

    PropagationGauge(PropagationReader(watched.store), watched.metrics, clock).run(stop, 0.001)
    assert len(looks) == 2
