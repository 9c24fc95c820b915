"""Failing traces become incidents: once each, also over crashes, late records and floods."""

import time
from threading import Event, Thread

import pytest

from correlator import semconv
from correlator.doors.otlp_decode import decode
from correlator.errors import StoreError, Superseded
from correlator.model.limits import Limits
from correlator.pipeline.stories.investigate import Investigation, Investigator
from correlator.pipeline.watch.watch import Watch
from correlator.store.contract import WatchCommit
from correlator.store.memory import MemoryStore
from correlator.store.segments import SegmentStore
from tests.unit.pipeline.watch.watched import MISSING_FIELD, NO_DISK, Watched, span, system, trace_id, unix_nano


def test_opens_an_incident_with_the_cause_and_its_victims():
    """One failing trace, still for settle_s, is one incident of the worker that hit n8n's workflow."""
    watched = Watched()
    watched.fail(1)
    watched.turn_at(3)
    (incident,) = watched.incidents()
    assert (incident.state, incident.failures, incident.severity) == ("open", 1, "error")
    assert incident.title == "worker invoice.render: TemplateFieldMissing"
    assert (incident.services, incident.workflows) == (("n8n", "worker"), ("lab-bridge-500",))
    assert incident.root_cause.candidates[0].component == "worker"
    assert incident.key == f"{incident.cause_fingerprint}-1"


def test_waits_until_a_trace_is_still():
    """Each record that arrives starts the wait again, also one without an error."""
    watched = Watched()
    watched.fail(1)
    assert watched.turn_at(1).waiting == 1
    watched.receive(span(1, 4, 3, "render", -0.6))
    assert watched.turn_at(2.5).waiting == 1
    assert watched.incidents() == []
    assert watched.turn_at(3.1).waiting == 0
    assert len(watched.incidents()) == 1


def test_looks_at_a_trace_that_never_falls_still():
    """Fifteen times settle_s is patience enough."""
    watched = Watched()
    for second in range(31):
        watched.now_s = second
        watched.receive(span(1, 10 + second, None, "poll", second, MISSING_FIELD))
        watched.watch.turn()
    assert [incident.failures for incident in watched.incidents()] == [1]


def test_merges_failures_by_cause():
    """Three traces by one cause are one incident; another cause is another."""
    watched = Watched()
    for trace in (1, 2, 3):
        watched.fail(trace)
    watched.fail(4, NO_DISK)
    watched.turn_at(3)
    assert sorted((each.title, each.failures) for each in watched.incidents()) == [
        ("worker invoice.render: DiskFull", 1),
        ("worker invoice.render: TemplateFieldMissing", 3),
    ]
    shares = [
        each.observed for each in watched.incidents()[-1].root_cause.candidates[0].evidence if each.unit == "traces"
    ]
    assert shares in (["1 of 1"], ["3 of 3"])


def test_opens_only_at_the_threshold():
    """Two failures wait, over turns and a restart; the third opens with all three."""
    watched = Watched(threshold=3)
    for trace in (1, 2):
        watched.fail(trace)
        watched.turn_at(watched.now_s + 3)
    assert watched.incidents() == []
    watched.restart()
    watched.fail(3)
    watched.turn_at(watched.now_s + 3)
    (incident,) = watched.incidents()
    assert (incident.failures, len(incident.trace_ids)) == (3, 3)
    assert watched.store.watch_state().pending == ()


def test_resolves_after_quiet_and_links_the_next_to_it():
    """Quiet ends an incident; the same cause again is a new one that names the old."""
    watched = Watched(quiet_s=60)
    watched.fail(1)
    watched.turn_at(3)
    watched.turn_at(59)
    assert watched.incidents()[0].state == "open"
    watched.turn_at(63)
    assert (watched.incidents()[0].state, watched.incidents()[0].resolved_at_unix_nano) == ("resolved", unix_nano(59.5))
    watched.fail(2)
    watched.turn_at(66)
    old, new = watched.incidents()
    assert (new.previous, new.state, new.failures) == (old.key, "open", 1)
    assert new.key == f"{old.cause_fingerprint}-2"


def test_a_late_error_tells_the_incident_anew_and_counts_once():
    """The worker's span comes long after n8n's: the trace stays one failure, and its cause becomes known."""
    watched = Watched()
    watched.fail_n8n(1)
    watched.turn_at(3)
    (incident,) = watched.incidents()
    assert incident.root_cause.abstained
    watched.now_s = 30
    watched.receive(span(1, 3, 2, "invoice.render", -0.5, MISSING_FIELD))
    watched.turn_at(33)
    watched.turn_at(34)
    (revised,) = watched.incidents()
    assert (revised.key, revised.failures) == (incident.key, 1)
    assert revised.root_cause.candidates[0].component == "worker"
    assert watched.metric("investigations_total", outcome="revised") == 1


def test_a_late_error_moves_a_failure_that_opened_nothing_yet():
    """Below the threshold a trace counts under the cause that is known last."""
    watched = Watched(threshold=2)
    watched.fail_n8n(1)
    watched.turn_at(3)
    watched.fail_worker(1)
    watched.turn_at(6)
    (pending,) = watched.store.watch_state().pending
    assert pending.sightings[0].finding.candidates[0].component == "worker"


def test_an_idle_turn_writes_nothing():
    """The disk is left alone while nothing happens."""
    store = CountingStore()
    watched = Watched(store)
    watched.fail(1)
    watched.turn_at(3)
    commits = store.commits
    for second in range(4, 10):
        watched.turn_at(second)
    assert store.commits == commits


@pytest.mark.parametrize("crash_at", range(6))
def test_a_crash_before_any_commit_loses_and_doubles_nothing(crash_at):
    """Whichever commit is cut off, after a restart the incidents are those of a watch that never crashed."""
    store = CountingStore(fail_at=crash_at)
    watched, undisturbed = Watched(store, threshold=2), Watched(threshold=2)
    for trace in range(1, 7):
        for each in (watched, undisturbed):
            each.fail(trace, MISSING_FIELD if trace % 2 else NO_DISK)
            each.receive_log("no trace here")
            now_s = each.now_s + 1.5
            try:
                each.turn_at(now_s)
            except StoreError:
                each.restart()
    for each in (watched, undisturbed):
        each.turn_at(20)
        each.turn_at(21)
    assert watched.incidents() == undisturbed.incidents()
    assert watched.store.error_groups(100) == undisturbed.store.error_groups(100)
    assert {each.failures for each in watched.incidents()} == {3, 6}


def test_goes_on_where_it_was_on_the_embedded_store(tmp_path):
    """Waiting traces, pending causes and incidents come back from the disk as they went."""

    def reopened(now_s: float) -> Watched:
        store = SegmentStore(tmp_path, lambda frame: decode(frame, Limits(), system).tables)
        watched = Watched(store, threshold=2)
        watched.now_s = now_s
        return watched

    watched = reopened(0)
    watched.fail(1)
    watched.turn_at(1)
    watched.store.close()
    watched = reopened(3)
    assert [each.trace_id for each in watched.store.watch_state().waiting] == [trace_id(1)]
    watched.turn_at(3)
    watched.store.close()
    watched = reopened(4)
    watched.fail(2)
    watched.turn_at(7)
    watched.store.close()
    watched = reopened(8)
    watched.turn_at(8)
    assert [(each.failures, each.trace_ids) for each in watched.incidents()] == [(2, (trace_id(2), trace_id(1)))]
    watched.store.close()


def test_a_flood_is_bounded_and_counted():
    """What exceeds the backlog is skipped, counted as skipped, and never counted as investigated later."""
    watched = Watched(backlog=10, max_traces_per_turn=4, representatives=100)
    for trace in range(1, 31):
        watched.fail(trace)
    turns = [watched.turn_at(3) for _ in range(5)]
    assert [turn.investigated for turn in turns] == [4, 4, 2, 0, 0]
    assert [turn.is_behind for turn in turns] == [True, True, False, False, False]
    assert watched.metric("watch_traces_skipped_total") == 20
    assert watched.incidents()[0].failures == 10
    watched.fail_worker(29)
    watched.turn_at(10)
    assert watched.incidents()[0].failures == 10
    assert sum(group.count for group in watched.store.error_groups(100).error_groups) == 91


def test_of_traces_that_fail_alike_a_few_are_investigated():
    """The others count all the same, and the incident says how many were not looked at."""
    watched = Watched()
    for trace in range(1, 11):
        watched.fail(trace)
    turn = watched.turn_at(3)
    (incident,) = watched.incidents()
    assert (turn.investigated, turn.counted_by_signature, turn.waiting) == (3, 7, 0)
    assert (incident.failures, incident.counted_by_signature) == (10, 7)
    assert (incident.services, incident.workflows) == (("n8n", "worker"), ("lab-bridge-500",))
    assert watched.metric("investigations_total", outcome="by_signature") == 7
    assert set(incident.root_cause.trace_ids) == {trace_id(1), trace_id(2), trace_id(3)}


def test_a_flood_by_one_cause_does_not_hide_another():
    """The first of each signature goes before the second of any."""
    watched = Watched(max_traces_per_turn=4)
    for trace in range(1, 21):
        watched.fail(trace)
    watched.fail(21, NO_DISK, workflow="other")
    turn = watched.turn_at(3)
    assert (turn.investigated, turn.counted_by_signature) == (4, 17)
    assert sorted((each.failures, each.workflows) for each in watched.incidents()) == [
        (1, ("other",)),
        (20, ("lab-bridge-500",)),
    ]


def test_traces_with_the_same_errors_and_different_causes_are_all_investigated():
    """Who called whom decides; the errors alone do not tell."""
    watched = Watched()
    for trace in range(1, 13):
        parent_of_bridge, parent_of_worker = ((None, 1), (2, None))[trace % 2]
        watched.receive(span(trace, 1, parent_of_bridge, "ask", 0, MISSING_FIELD), service="bridge")
        watched.receive(span(trace, 2, parent_of_worker, "do", 0, NO_DISK))
    turn = watched.turn_at(3)
    assert (turn.investigated, turn.counted_by_signature) == (12, 0)
    assert [each.failures for each in watched.incidents()] == [6, 6]


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_trace_counted_by_signature_that_fails_again_alike_counts_once(is_restarted):
    """As a job does that is tried again after a minute, while others fail for the first time: more than the samples kept."""
    watched = Watched(representatives=2)
    for trace in range(1, 31):
        watched.fail_worker(trace)
    watched.turn_at(3)
    if is_restarted:
        watched.restart()
    watched.now_s = 60
    for trace in (31, 32, *range(1, 31), 33):
        watched.receive(span(trace, 4, 2, "invoice.render", 60, MISSING_FIELD, kind=semconv.KIND_CONSUMER))
    watched.turn_at(63)
    watched.turn_at(64)
    assert watched.incidents()[0].failures == 33


def test_a_trace_that_waited_through_a_restart_is_investigated():
    """Which errors made it wait is not known any more."""
    watched = Watched()
    for trace in range(1, 6):
        watched.fail(trace)
    watched.turn_at(1)
    watched.restart()
    assert watched.turn_at(3).investigated == 5
    assert watched.incidents()[0].failures == 5


def test_told_to_stop_while_it_recalls_it_counts_nothing_and_forgets_nothing():
    """Recalling may take longer than an engine has to end; the traces that failed before count once all the same."""
    watched = Watched()
    watched.fail_worker(1)
    watched.turn_at(3)
    watched.restart()
    watched.now_s = 60
    watched.receive(span(1, 4, 2, "invoice.render", 60, MISSING_FIELD, kind=semconv.KIND_CONSUMER))
    stopped = Event()
    stopped.set()
    watched.now_s = 63
    assert watched.watch.turn(stopped).investigated == 0
    assert watched.turn_at(64).investigated == 1
    assert watched.incidents()[0].failures == 1


def test_rests_so_that_it_takes_a_share_of_one_core():
    """While behind, its turns do not follow on one another."""
    watched = Watched(max_traces_per_turn=5, representatives=10_000, backlog=10_000)
    for trace in range(1, 100):
        watched.fail_worker(trace)
    watched.now_s = 3
    stop, used = Event(), []

    def run() -> None:
        started_s, started_cpu_s = time.monotonic(), time.thread_time()
        watched.watch.run(stop, 0.001)
        used.append((time.thread_time() - started_cpu_s) / (time.monotonic() - started_s))

    loop = Thread(target=run)
    loop.start()
    time.sleep(1.5)
    for _ in range(3_000):
        if watched.metric("investigations_total", outcome="cause_found") > 5:
            break
        stop.wait(0.01)
    stop.set()
    loop.join()
    assert watched.metric("investigations_total", outcome="cause_found") > 5
    assert used[0] < 0.5


def test_logs_without_a_trace_are_groups_and_an_incident_of_their_own():
    """The cause is the group; nobody is known to have been hit."""
    watched = Watched(threshold=3)
    for number in range(3):
        watched.receive_log(f"cannot reach queue {number}")
    watched.turn_at(1)
    (group,) = watched.store.error_groups(10).error_groups
    (incident,) = watched.incidents()
    assert (group.count, group.service_name, group.template) == (3, "worker", "cannot reach queue <number>")
    assert incident.cause_fingerprint == group.fingerprint
    assert (incident.severity, incident.failures, incident.trace_ids) == ("info", 3, ())
    assert incident.root_cause.candidates[0].kind == "log"


def test_a_trace_of_logs_alone_is_investigated():
    """Errors need no span to be found."""
    watched = Watched()
    watched.receive_log("cannot reach queue", trace=7)
    watched.turn_at(3)
    assert watched.incidents()[0].trace_ids == (trace_id(7),)


def test_a_clock_that_runs_ahead_does_not_keep_an_incident_open():
    """No failure is later than its arrival."""
    watched = Watched(quiet_s=60)
    watched.receive(span(1, 1, None, "render", 1_000_000, MISSING_FIELD))
    watched.turn_at(3)
    watched.turn_at(61)
    assert watched.incidents()[0].state == "resolved"


def test_shows_incidents_waiting_traces_and_lag():
    """What on-call's dashboard reads."""
    watched = Watched(quiet_s=60)
    watched.fail(1)
    watched.turn_at(1.5)
    assert watched.metric("queue_depth", queue="investigate") == 1
    assert watched.metric("stage_lag_seconds", stage="watch") == 1.5
    watched.turn_at(3)
    assert watched.metric("incidents", severity="error", cause_kind="exception") == 1
    assert watched.metric("incidents_opened_total", severity="error", cause_kind="exception") == 1
    assert watched.metric("investigations_total", outcome="cause_found") == 1
    assert watched.metric("stage_lag_seconds", stage="watch") == 0
    watched.turn_at(100)
    assert watched.metric("incidents", severity="error", cause_kind="exception") == 0


def test_the_loop_outlives_a_turn_that_fails():
    """An error is counted, logged, and tried again."""
    store = CountingStore(fail_at=0)
    watched = Watched(store)
    watched.fail(1)
    watched.now_s = 3
    stop = Event()
    loop = Thread(target=watched.watch.run, args=(stop, 0.01))
    loop.start()
    try:
        for _ in range(3_000):
            if watched.incidents():
                break
            stop.wait(0.01)
    finally:
        stop.set()
        loop.join()
    assert watched.metric("watch_turn_failures_total") == 1
    assert watched.incidents()[0].failures == 1


def test_stops_between_two_traces_and_loses_none():
    """A long turn ends soon after it was told to; what it did not look at waits on."""
    watched = Watched()
    for trace in (1, 2, 3):
        watched.fail(trace)
    watched.now_s = 3
    stop = Event()
    stop.set()
    assert watched.watch.turn(stop).waiting == 3
    watched.restart()
    watched.turn_at(4)
    assert watched.incidents()[0].failures == 3


def test_a_trace_that_cannot_be_explained_harms_no_other():
    """It is logged, counted as failed, and left out."""
    watched = Watched()
    watched.watch = Watch(
        watched.store,
        BrokenFor(1, watched.store),
        watched.metrics,
        clock_unix_nano=lambda: unix_nano(3),
        **watched.settings,
    )
    watched.fail(1)
    watched.fail(2)
    watched.watch.turn()
    assert watched.incidents()[0].trace_ids == (trace_id(2),)
    assert watched.metric("investigations_total", outcome="failed") == 1
    assert watched.store.watch_state().waiting == ()


class BrokenFor(Investigator):
    """Cannot explain one trace, as a fault of ours would have it."""

    def __init__(self, trace: int, store: MemoryStore) -> None:
        super().__init__(store)
        self._broken = trace_id(trace)

    def investigate(self, trace_id: str) -> Investigation | None:
        if trace_id == self._broken:
            raise RuntimeError("a fault of ours")
        return super().investigate(trace_id)


class CountingStore(MemoryStore):
    """Counts commits, and fails the one of that number before anything is kept, as a crash would."""

    def __init__(self, fail_at: int | None = None) -> None:
        super().__init__()
        self.commits = 0
        self._fail_at = fail_at

    def commit_watch(self, commit: WatchCommit) -> None:
        self.commits += 1
        if self.commits - 1 == self._fail_at:
            raise StoreError("crashed before the commit")
        super().commit_watch(commit)


def test_a_watch_that_another_has_overtaken_ends():
    """What the other counted since is not among what this one remembers; the other goes on, and each failure counts once."""
    watched = Watched()
    watched.turn_at(0)
    overtaken = watched.watch
    watched.restart()
    watched.fail(1)
    watched.turn_at(10)
    with pytest.raises(Superseded):
        overtaken.run(Event(), 0.0)
    watched.turn_at(20)
    assert [each.failures for each in watched.incidents()] == [1]
