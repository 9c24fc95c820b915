"""The same error in many traces is one group."""

from dataclasses import replace

from correlator.correlate.log_template import LogTemplates
from correlator.incidents.error_groups import errors_in, grow_groups
from tests.unit.correlate.story import log, span


def _job(trace: int, number: int):
    return replace(
        span(f"job{trace}", "worker", name="render", raised=("DiskFull", f"no space left for job {number}")),
        trace_id=f"{trace:032x}",
    )


def test_variable_parts_do_not_make_a_new_group():
    """Three jobs, one error."""
    errors = errors_in([_job(trace, 100 + trace) for trace in (1, 2, 3)], [])
    (group,) = grow_groups({}, errors, LogTemplates()).values()
    assert (group.count, group.error_type, group.operation) == (3, "DiskFull", "render")
    assert group.template == "no space left for job <number>"
    assert group.trace_ids == (f"{3:032x}", f"{2:032x}", f"{1:032x}")


def test_a_log_of_a_failing_span_is_no_second_error():
    """The span and its own ERROR log tell of one failure."""
    failing = span("job", "worker", raised=("DiskFull", "no space left"))
    errors = errors_in([failing], [log("render failed: no space left", "worker", on="job")])
    assert len(errors) == 1


def test_logs_without_a_trace_are_errors_too():
    """They are told last, with no trace."""
    lonely = replace(log("cannot reach queue", "worker"), trace_id=None, span_id=None)
    errors = errors_in([_job(1, 1)], [lonely])
    assert [error.trace_id for error in errors] == [f"{1:032x}", None]


def test_groups_grow_from_what_was_known():
    """Totals go on, the first time stays, the newest ten traces are kept."""
    templates = LogTemplates()
    known = grow_groups({}, errors_in([_job(1, 1)], []), templates)
    grown = grow_groups(known, errors_in([_job(trace, trace) for trace in range(2, 14)], []), templates)
    (group,) = grown.values()
    assert (group.count, len(group.trace_ids)) == (13, 10)
    assert group.first_seen_unix_nano == next(iter(known.values())).first_seen_unix_nano


def test_order_does_not_matter():
    """The same errors in any order give the same groups."""
    spans = [_job(trace, trace) for trace in range(5)]
    forwards = grow_groups({}, errors_in(spans, []), LogTemplates())
    backwards = grow_groups({}, errors_in(spans[::-1], []), LogTemplates())
    assert forwards == backwards


def test_nothing_in_nothing_out():
    """No errors, no groups."""
    assert grow_groups({}, errors_in([], []), LogTemplates()) == {}
