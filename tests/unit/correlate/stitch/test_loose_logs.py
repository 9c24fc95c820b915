"""Log records without a trace id find the trace whose execution or job they name."""

from correlator.model.trace import EXECUTION_ID, JOB_KEY
from tests.unit.correlate.stitch.records import (
    HOUR,
    Row,
    consumer,
    execution,
    log,
    producer,
    server,
    stories,
    trace_id,
    workflow,
)


def joined(*rows: Row) -> set[tuple[int, str, str]]:
    """(position, trace id, method) of all joined logs."""
    return {(it.position, it.trace_id, it.method) for story in stories(*rows) for it in story.logs}


def test_a_record_of_n8ns_log_file_is_joined_by_its_execution() -> None:
    run = workflow("n8n", "run", "7")
    assert joined(run, log(5, "n8n", attributes=execution("7"))) == {(5, trace_id("n8n"), EXECUTION_ID)}


def test_a_record_of_the_workers_log_is_joined_by_its_job() -> None:
    """To the trace that ran it when the record was written."""
    queued = producer("bridge", "send", "j1", at=(0, 10))
    runs = consumer("worker", "process", "j1", at=(30, 90))
    told = log(5, "worker", at=50, attributes={"correlator.job.id": "j1"})
    assert joined(queued, runs, told) == {(5, trace_id("worker"), JOB_KEY)}


def test_without_n8ns_spans_whoever_names_the_execution_will_do() -> None:
    request = server("bridge", "POST", attributes=execution("7", "w1"))
    assert joined(request, log(5, "n8n", attributes=execution("7"))) == {(5, trace_id("bridge"), EXECUTION_ID)}


def test_a_record_that_fits_two_stories_is_joined_to_neither() -> None:
    """Unless it names the job, which tells them apart."""
    runs = [workflow(f"n{n}", f"run {n}", "7", workflow_id=f"w{n}", instance=f"i{n}") for n in range(2)]
    bridge = producer("n1", "send", "j1", attributes=execution("7", "w1"))
    assert joined(*runs, bridge, log(5, "worker", attributes=execution("7"))) == set()
    named = log(6, "worker", attributes=execution("7") | {"correlator.job.id": "j1"})
    assert joined(*runs, bridge, named) == {(6, trace_id("n1"), JOB_KEY)}


def test_a_record_of_another_time_or_instance_is_not_joined() -> None:
    run = workflow("n8n", "run", "7", instance="i")
    late = log(5, "n8n", at=3 * HOUR, attributes=execution("7"))
    other = log(6, "n8n", instance="other", attributes=execution("7"))
    assert joined(run, late, other) == set()


def test_records_of_an_execution_without_any_trace_stay_loose() -> None:
    assert stories(log(5, "n8n", attributes=execution("7")), log(6, "n8n", attributes=execution("7"))) == ()
