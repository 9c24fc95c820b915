"""The trace context in plain threads and pools."""

import threading
from concurrent.futures import ThreadPoolExecutor

from opentelemetry import trace

from correlator.telemetry import submit_with_context, with_context
from tests.unit.telemetry.conftest import Recorder


def current_span_id() -> int:
    """The span that the code under way belongs to; 0 for none."""
    return trace.get_current_span().get_span_context().span_id


def test_a_plain_thread_keeps_the_context_it_was_bound_in(recorder: Recorder) -> None:
    """Bound when made, whenever it runs."""
    seen: list[int] = []
    with recorder.tracer_provider.get_tracer("t").start_as_current_span("outer") as span:
        thread = threading.Thread(target=with_context(lambda: seen.append(current_span_id())))
    thread.start()
    thread.join()
    assert seen == [span.get_span_context().span_id]


def test_a_pool_keeps_each_submission_s_context_and_leaks_none(recorder: Recorder) -> None:
    """Two traces share one thread, and a bare submission sees neither."""
    tracer = recorder.tracer_provider.get_tracer("t")
    with ThreadPoolExecutor(1) as pool:
        seen, expected = [], []
        for name in ("first", "second"):
            with tracer.start_as_current_span(name) as span:
                expected.append(span.get_span_context().span_id)
                seen.append(submit_with_context(pool, current_span_id).result())
        assert seen == expected
        assert pool.submit(current_span_id).result() == 0


def test_arguments_results_and_names_pass_through() -> None:
    """The wrapped function is called as it was."""

    def add(left: int, *, right: int) -> int:
        return left + right

    assert with_context(add)(1, right=2) == 3
    assert with_context(add).__name__ == "add"
