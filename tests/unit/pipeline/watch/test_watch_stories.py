"""A failure that shows in several traces is one failure of one incident, whichever of them is heard of first."""

import pytest

from correlator import semconv
from correlator.errors import StoreError
from tests.unit.pipeline.watch.test_watch import CountingStore
from tests.unit.pipeline.watch.watched import MISSING_FIELD, NO_DISK, Watched, span, trace_id

N8N, BRIDGE = 0xB, 0xA
TITLE = "worker invoice.render: TemplateFieldMissing"
HIT = (("bridge", "n8n", "worker"), ("bridge", "n8n", "worker"), ("lab-bridge-500",))


def of_n8n(watched: Watched, execution: int = 17) -> None:
    """One side of an execution that ended at 0 arrives now."""
    watched.fail_n8n_alone(N8N * 256 + execution, str(execution), ended_s=0)


def of_bridge(watched: Watched, execution: int = 17, error: tuple[str, str] = MISSING_FIELD) -> None:
    """The other side."""
    watched.fail_bridge_alone(BRIDGE * 256 + execution, str(execution), error, ended_s=0)


@pytest.mark.parametrize("sides", [(of_n8n, of_bridge), (of_bridge, of_n8n)])
@pytest.mark.parametrize("is_restarted", [False, True])
def test_the_side_that_comes_late_tells_the_incident_anew(sides, is_restarted):
    """In either order one incident names the worker, hits n8n's workflow, and has one failure."""
    watched = Watched()
    sides[0](watched)
    watched.turn_at(3)
    if is_restarted:
        watched.restart()
    watched.now_s = 30
    sides[1](watched)
    watched.turn_at(33)
    watched.turn_at(34)
    (incident,) = watched.incidents()
    assert (incident.title, incident.failures, incident.severity) == (TITLE, 1, "error")
    assert (incident.services, incident.systems, incident.workflows) == HIT
    assert watched.metric("investigations_total", outcome="revised") == 1


def test_both_sides_at_once_are_read_once():
    """The second is accounted for with the first, and the incident shows the trace of the outermost failure."""
    watched = Watched()
    of_bridge(watched)
    of_n8n(watched)
    turn = watched.turn_at(3)
    (incident,) = watched.incidents()
    assert (turn.investigated, turn.waiting) == (1, 0)
    assert (incident.title, incident.failures) == (TITLE, 1)
    assert incident.trace_ids == (trace_id(N8N * 256 + 17),)
    assert watched.metric("investigations_total", outcome="same_story") == 1


def test_one_side_waits_while_the_other_still_arrives():
    """The whole story has to be still."""
    watched = Watched()
    of_bridge(watched)
    watched.now_s = 1.5
    of_n8n(watched)
    assert watched.turn_at(2.5).waiting == 2
    watched.turn_at(4)
    assert [each.failures for each in watched.incidents()] == [1]


def test_a_side_that_comes_late_moves_a_failure_that_opened_nothing_yet():
    """Below the threshold the story counts once, under the cause that is known last."""
    watched = Watched(threshold=2)
    of_n8n(watched)
    watched.turn_at(3)
    watched.now_s = 10
    of_bridge(watched)
    watched.turn_at(13)
    (pending,) = watched.store.watch_state().pending
    assert [each.finding.candidates[0].component for each in pending.sightings] == ["worker"]
    of_bridge(watched, 18)
    of_n8n(watched, 18)
    watched.turn_at(16)
    assert [(each.title, each.failures) for each in watched.incidents()] == [(TITLE, 2)]


def test_a_flood_of_broken_stories_counts_each_once():
    """A few are investigated; of the others one trace each counts, by signature."""
    watched = Watched()
    for execution in range(1, 31):
        of_bridge(watched, execution)
        of_n8n(watched, execution)
    turn = watched.turn_at(3)
    (incident,) = watched.incidents()
    assert (turn.investigated, turn.counted_by_signature, turn.waiting) == (3, 27, 0)
    assert (incident.title, incident.failures, incident.counted_by_signature) == (TITLE, 30, 27)


def test_a_flood_of_late_sides_counts_nothing_anew():
    """A few are investigated; the others share an id with a failure that was counted."""
    watched = Watched()
    for execution in range(1, 31):
        of_bridge(watched, execution)
    watched.turn_at(3)
    watched.now_s = 10
    for execution in range(1, 31):
        of_n8n(watched, execution)
    turn = watched.turn_at(13)
    watched.turn_at(14)
    assert (turn.investigated, turn.waiting) == (3, 0)
    assert [(each.title, each.failures) for each in watched.incidents()] == [(TITLE, 30)]


def test_a_late_flood_does_not_hide_failures_of_its_own():
    """What looks alike, but shares no id with anything counted, is investigated."""
    watched = Watched()
    for execution in range(1, 11):
        of_bridge(watched, execution)
    watched.turn_at(3)
    watched.now_s = 10
    for execution in range(1, 21):
        of_n8n(watched, execution)
    watched.turn_at(13)
    assert sorted(each.failures for each in watched.incidents()) == [10, 10]


def test_a_story_whose_middle_comes_late_stays_what_was_counted_and_is_told_anew():
    """n8n and worker were counted apart: nothing joined them. Both incidents name the worker then."""
    watched = Watched()
    of_n8n(watched)
    job = {semconv.JOB_ID: "job-1"}
    watched.receive(span(6, 96, None, "invoice.render", -0.5, MISSING_FIELD, semconv.KIND_CONSUMER, **job))
    watched.turn_at(3)
    assert len(watched.incidents()) == 2
    watched.now_s = 10
    ids = {semconv.N8N_EXECUTION_ID: "17", semconv.HTTP_RESPONSE_STATUS_CODE: 500}
    watched.receive(
        span(5, 80, None, "POST", -0.3, kind=semconv.KIND_SERVER, **ids),
        span(5, 81, 80, "send", -0.6, kind=semconv.KIND_PRODUCER, **job),
        service="bridge",
    )
    watched.turn_at(13)
    assert [(each.title, each.failures) for each in watched.incidents()] == [(TITLE, 1)] * 2


@pytest.mark.parametrize("crash_at", range(6))
def test_a_crash_at_any_commit_counts_no_story_twice(crash_at):
    """After a restart the incidents are those of a watch that never crashed."""
    store = CountingStore(fail_at=crash_at)
    watched, undisturbed = Watched(store), Watched()
    for execution in range(1, 7):
        for each in (watched, undisturbed):
            for side in (of_n8n, of_bridge)[:: 1 if execution % 2 else -1]:
                side(each, execution)
                now_s = each.now_s + 3
                try:
                    each.turn_at(now_s)
                except StoreError:
                    each.restart()
    for each in (watched, undisturbed):
        each.turn_at(60)
        each.turn_at(61)
    told = [
        sorted((incident.title, incident.services) for incident in each.incidents()) for each in (watched, undisturbed)
    ]
    assert told[0] == told[1]
    assert sum(incident.failures for incident in watched.incidents()) == 6


def test_two_causes_in_one_flood_stay_apart():
    """Their n8n sides look alike; what the bridge's say does not."""
    watched = Watched()
    for execution in range(1, 9):
        of_bridge(watched, execution, MISSING_FIELD if execution % 2 else NO_DISK)
        of_n8n(watched, execution)
    watched.turn_at(3)
    assert sorted(each.failures for each in watched.incidents()) == [4, 4]


def test_a_log_without_a_trace_that_names_an_execution_is_no_failure_of_its_own():
    """n8n's own log lines are so: one incident, not two."""
    watched = Watched()
    of_n8n(watched)
    of_bridge(watched)
    watched.receive_log("Workflow failed", service="n8n", **{semconv.N8N_EXECUTION_ID: "17"})
    watched.turn_at(3)
    watched.turn_at(4)
    assert [(each.title, each.failures) for each in watched.incidents()] == [(TITLE, 1)]
    assert sum(group.count for group in watched.store.error_groups(10).error_groups) == 5


def test_a_log_without_a_trace_is_the_failure_of_a_story_that_tells_of_no_other():
    """The silent case: spans say success."""
    watched = Watched()
    watched.receive(span(1, 16, None, semconv.N8N_WORKFLOW_SPAN, 0, **{semconv.N8N_EXECUTION_ID: "17"}), service="n8n")
    watched.now_s = 1
    for _ in range(2):
        watched.receive_log("cannot write the invoice", service="n8n", **{semconv.N8N_EXECUTION_ID: "17"})
    watched.turn_at(4)
    watched.turn_at(5)
    (incident,) = watched.incidents()
    assert (incident.failures, incident.trace_ids) == (1, (trace_id(1),))


def test_a_log_that_names_what_nobody_knows_counts_by_itself():
    """As every log without a trace."""
    watched = Watched()
    watched.receive_log("Workflow failed", service="n8n", **{semconv.N8N_EXECUTION_ID: "99"})
    watched.turn_at(3)
    assert [(each.severity, each.failures) for each in watched.incidents()] == [("info", 1)]
