"""The ledger's turns."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from correlator.errors import Unavailable
from correlator.model.objective import Objective, PrometheusRatio, RecordSource
from correlator.model.outcome import MinuteSums
from correlator.model.run import Run
from correlator.pipeline.slo.counting import Counting
from correlator.pipeline.slo.ledger_job import HEARD, KEPT_DAYS, LOGGED, LedgerJob
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.gates import TICKET_GATE
from correlator.store.contract import LedgerCommit
from correlator.store.memory import MemoryStore
from correlator.telemetry.ledger_metrics import LedgerMetrics
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.status import ExecutionStatus
from tests.unit.pipeline.slo.told import MINUTE, NOW, REST, SECOND, call, execution, minutes, node, send, sums
from tests.unit.slo.series import objective

MINUTE_NANO = 60 * SECOND
CALLS = objective(0.99, id="o", source=RecordSource("server_calls"), page_gate=TICKET_GATE)
SILENT = objective(
    id="s", source=RecordSource("executions", failing=("failed", "stuck", "missed_run", "empty_success"))
)


class Ledger:
    """A store, its ledger's job, and a clock that tests set."""

    def __init__(self, *objectives: Objective) -> None:
        self.now = NOW + 20 * SECOND
        self.store = MemoryStore()
        self.metrics = EngineMetrics()
        self._told = LedgerMetrics(self.metrics)
        self.running: list[Run] = []
        self.ended: list[ExecutionStatus] = []
        self.shown: list[tuple[int, frozenset[str]]] = []
        self.in_force = Objectives(objectives, self.store)
        self.job = self.started()

    def started(self) -> LedgerJob:
        """As after a start of the engine."""
        return LedgerJob(
            self.store,
            self.in_force,
            Counting(self.store, self.in_force),
            self._told,
            running=lambda workflow_id: self.running,
            ended=lambda: self.ended,
            show=lambda now, changed: self.shown.append((now, frozenset(changed))),
            clock_unix_nano=lambda: self.now,
        )

    def turn(self, minutes_later: float = 0.0) -> None:
        """Until nothing is left to count."""
        self.now += int(minutes_later * MINUTE_NANO)
        while self.job.turn():
            pass

    def silent(self, kind: str) -> float:
        return self.metrics.registry.get_sample_value("correlator_silent_failures_total", {"kind": kind}) or 0.0


def known(ledger: Ledger) -> list[int]:
    """From NOW's minute on."""
    return [each - MINUTE for each in ledger.store.known_minutes(0, 2**40)]


def test_minutes_in_which_it_turned_are_known() -> None:
    """Those between two turns of one engine too, for it could hear in them; while it was down they are not."""
    ledger = Ledger(CALLS)
    ledger.turn()
    ledger.turn(0.5)
    ledger.turn(3)
    assert known(ledger) == [0, 1, 2, 3]
    ledger.job = ledger.started()
    ledger.turn(3)
    assert known(ledger) == [0, 1, 2, 3, 6]


def test_what_all_workflows_miss_at_once_is_one_commit() -> None:
    """n8n is down: each commit asks all objectives for their counts. Some failures are logged, all are counted."""
    ledger = Ledger(SILENT)
    for number in range(400):
        send(ledger.store, execution(number, workflow=f"w{number % 40}", ended=NOW + number // 40 * 10 * MINUTE_NANO))
    ledger.turn(99)
    commits: list[LedgerCommit] = []
    take = ledger.store.commit_ledger
    ledger.store.commit_ledger = lambda commit: (commits.append(commit), take(commit))[1]  # type: ignore[method-assign]
    with capture_logs() as told:
        ledger.turn(5)
    assert ledger.silent("missed_run") == 40.0
    assert sums(ledger.store, "s") == (400, 440)
    assert len([each for each in commits if each.posting.standing]) == 1
    assert len([each for each in told if each["event"] == "silent_failure"]) == LOGGED


def test_minutes_through_which_the_machine_slept_are_not_known() -> None:
    """Nor those that a clock skips when it is set: nothing was heard in them."""
    ledger = Ledger(CALLS)
    ledger.turn()
    ledger.turn(24 * 60)
    assert known(ledger) == [0, *range(24 * 60 - HEARD + 1, 24 * 60 + 1)]
    ledger.turn(-60)
    ledger.turn(61)
    assert known(ledger)[-2:] == [24 * 60, 24 * 60 + 1]


def test_a_turn_counts_what_came() -> None:
    """And tells whoever shows it which objectives have changed, once; before all, that there is nothing yet."""
    ledger = Ledger(CALLS)
    send(ledger.store, call(1), call(2, is_error=True))
    ledger.turn()
    ledger.turn()
    assert sums(ledger.store) == (1, 2)
    assert [changed for _, changed in ledger.shown] == [frozenset(), frozenset({"o"}), frozenset()]


def test_an_alert_begins_and_ends_and_is_kept_meanwhile() -> None:
    """Each is told once; a restart forgets nothing of it."""
    ledger = Ledger(CALLS)
    send(ledger.store, *(call(n, is_error=True) for n in range(20)))
    with capture_logs() as told:
        ledger.turn(0.5)
        ledger.job = ledger.started()
        ledger.turn(1)
    begun = [each for each in told if each["event"] == "slo_alert_begins"]
    assert {each["severity"] for each in begun} == {"page", "ticket"}
    assert len(begun) == 4
    assert {each.since_minute for each in ledger.store.burning_windows()} == {MINUTE}
    send(ledger.store, *(call(100 + n, ended=ledger.now + n * MINUTE_NANO) for n in range(30)))
    with capture_logs() as told:
        ledger.turn(30)
    ended = {(each["severity"], each["long_window_s"]) for each in told if each["event"] == "slo_alert_ends"}
    assert ("page", 3_600) in ended
    assert not any(each["event"] == "slo_alert_begins" for each in told)


def test_what_burns_of_an_objective_that_is_gone_is_gone() -> None:
    """Its file was deleted."""
    ledger = Ledger(CALLS)
    send(ledger.store, *(call(n, is_error=True) for n in range(20)))
    ledger.turn()
    assert ledger.store.burning_windows()
    ledger.in_force = Objectives([objective(id="other", source=RecordSource("jobs"))], ledger.store)
    ledger.job = ledger.started()
    ledger.turn(1)
    assert ledger.store.burning_windows() == ()


def test_what_burns_is_gone_though_no_objective_is_left() -> None:
    """One that is written again later does not begin with the alert of then."""
    ledger = Ledger(CALLS)
    send(ledger.store, *(call(n, is_error=True) for n in range(20)))
    ledger.turn()
    ledger.in_force = Objectives([], ledger.store)
    ledger.job = ledger.started()
    ledger.turn(1)
    assert ledger.store.burning_windows() == ()


def test_a_prometheus_that_does_not_answer_freezes_its_alerts() -> None:
    """Others are decided all the same."""
    elsewhere = objective(id="p", source=PrometheusRatio("up", is_bad=False))
    ledger = Ledger(CALLS, elsewhere)
    send(ledger.store, *(call(n, is_error=True) for n in range(20)))
    with capture_logs() as told:
        ledger.turn()
    assert [each["objective"] for each in told if each["event"] == "slo_not_evaluated"] == ["p"]
    assert {each.objective_id for each in ledger.store.burning_windows()} == {"o"}


def test_a_run_that_does_not_end_is_stuck_until_it_does() -> None:
    """It counts as bad when it became stuck, and with its true end once that is known; for others only then."""
    ledger = Ledger(SILENT, objective(id="o", source=RecordSource("executions")))
    send(ledger.store, *(execution(n, ended=NOW - (9 - n) * 7 * SECOND, mode="webhook") for n in range(8)))
    ledger.turn()
    ledger.running = [Run("w1", "99", NOW + 30 * SECOND, None, is_success=False)]
    ledger.turn(1)
    assert sums(ledger.store, "s") == (8, 8)
    with capture_logs() as told:
        ledger.turn(1)
        ledger.turn(1)
    assert (sums(ledger.store, "s"), sums(ledger.store, "o")) == ((8, 9), (8, 8))
    assert [(each["kind"], each["execution_id"]) for each in told if each["event"] == "silent_failure"] == [
        ("stuck", "99")
    ]
    assert ledger.silent("stuck") == 1.0
    ledger.running = []
    send(ledger.store, execution(99, "error", ended=NOW + 3 * MINUTE_NANO, took=3 * MINUTE_NANO, mode="webhook"))
    ledger.turn()
    assert sums(ledger.store, "s") == (8, 9)
    assert sums(ledger.store, "o") == (8, 9)
    assert minutes(ledger.store, "s")[-1].minute == MINUTE + 3


def scheduled(ledger: Ledger, hours: range) -> None:
    """A run at each of these minutes times ten, told when it ended."""
    for number in hours:
        send(ledger.store, execution(number, ended=NOW + number * 10 * MINUTE_NANO + SECOND))


def test_a_run_that_does_not_come_is_an_event() -> None:
    """Bad for those who speak of missed runs, told once; the next missed one counts too."""
    ledger = Ledger(SILENT, objective(id="o", source=RecordSource("executions")))
    scheduled(ledger, range(10))
    ledger.turn(100)
    assert ledger.silent("missed_run") == 0.0
    for _ in range(23):
        ledger.turn(1)
    assert (sums(ledger.store, "s"), sums(ledger.store, "o")) == ((10, 12), (10, 10))
    assert ledger.silent("missed_run") == 2.0


def test_a_missed_run_that_was_only_late_is_taken_back() -> None:
    """Its records came after it was told."""
    ledger = Ledger(SILENT)
    scheduled(ledger, range(10))
    ledger.turn()
    ledger.turn(106)
    assert sums(ledger.store, "s") == (10, 11)
    scheduled(ledger, range(10, 11))
    ledger.turn(1)
    assert sums(ledger.store, "s") == (11, 11)


def test_nothing_is_missed_while_the_engine_was_down() -> None:
    """It may have come unheard."""
    ledger = Ledger(SILENT)
    scheduled(ledger, range(10))
    ledger.turn(91)
    ledger.job = ledger.started()
    ledger.turn(16)
    assert sums(ledger.store, "s") == (10, 10)
    ledger.turn(8)
    assert sums(ledger.store, "s") == (10, 11)


def test_a_run_that_was_due_while_the_engine_was_down_is_not_missed_when_it_is_up_again() -> None:
    """It was due at 100 minutes, and would be too late at 102.5: the engine came back in between."""
    ledger = Ledger(SILENT)
    scheduled(ledger, range(10))
    ledger.turn(91)
    ledger.job = ledger.started()
    ledger.turn(10.5)
    ledger.turn(4)
    assert sums(ledger.store, "s") == (10, 10)


def test_a_run_that_still_runs_is_not_missed() -> None:
    """n8n tells of it when it ends; its database tells that it runs."""
    ledger = Ledger(SILENT)
    scheduled(ledger, range(10))
    ledger.running = [Run("w1", "99", NOW + 100 * MINUTE_NANO, None, is_success=False)]
    ledger.turn(106)
    assert ledger.silent("missed_run") == 0.0


def test_an_end_that_only_a_callback_tells_is_counted() -> None:
    """Once n8n had time to tell it itself; and corrected when it does all the same."""
    ledger = Ledger(objective(id="o", source=RecordSource("executions")))
    states = (("1", "completed"), ("2", "failed"), ("3", "canceled"), ("4", "running"))
    ledger.ended = [ExecutionStatus("w9", number, state, NOW, NOW - SECOND, NOW) for number, state in states]
    ledger.turn(1)
    assert sums(ledger.store) == (0, 0)
    ledger.turn(1)
    ledger.turn(1)
    assert minutes(ledger.store) == [MinuteSums(MINUTE, 1, 2)]
    assert ledger.store.workflow_names() == {"w9": ""}
    send(ledger.store, execution(1, "error", workflow="w9"), execution(2, "success", workflow="w9", sender=REST))
    send(ledger.store, execution(3, "success", workflow="w9"))
    ledger.turn()
    assert sums(ledger.store) == (2, 3)


def test_an_empty_success_is_told_once() -> None:
    """However often its run is heard of again."""
    ledger = Ledger(SILENT)
    for number in range(12):
        ended = NOW - (20 - number) * MINUTE_NANO
        items = 0 if number == 11 else 4
        send(ledger.store, execution(number, ended=ended, mode="webhook"), node(number, "Send", items, ended=ended))
    ledger.turn()
    assert ledger.silent("empty_success") == 1.0
    send(ledger.store, node(11, "Fetch", 4, ended=NOW - 10 * MINUTE_NANO))
    ledger.turn()
    assert ledger.silent("empty_success") == 1.0


def test_old_minutes_are_forgotten() -> None:
    """After a quarter and a week."""
    ledger = Ledger(CALLS)
    send(ledger.store, call(1), call(2, ended=NOW + 2 * MINUTE_NANO))
    ledger.turn()
    ledger.turn(KEPT_DAYS * 1_440 + 1)
    assert [each.minute for each in minutes(ledger.store)] == [MINUTE + 2]


class Broken(MemoryStore):
    """A store whose disk is full now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full, self.has_refused = True, threading.Event()

    def commit_ledger(self, commit: object) -> None:
        if self.is_full:
            self.has_refused.set()
            raise Unavailable("the disk takes no more")
        super().commit_ledger(commit)  # type: ignore[arg-type]


@pytest.fixture
def running() -> Iterator[Callable[[Ledger], None]]:
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def run(ledger: Ledger) -> None:
        threads.append(threading.Thread(target=ledger.job.run, args=(stop, 0.01)))
        threads[-1].start()

    yield run
    stop.set()
    for thread in threads:
        thread.join(30)


def test_a_turn_that_fails_is_counted_and_the_next_one_goes_on(running: Callable[[Ledger], None]) -> None:
    """Nothing is lost by it, and what was not done shows as lag."""
    ledger = Ledger(CALLS)
    ledger.store = disk = Broken()
    ledger.in_force = Objectives([CALLS], ledger.store)
    ledger.job = LedgerJob(
        ledger.store, ledger.in_force, Counting(ledger.store, ledger.in_force), LedgerMetrics(EngineMetrics()),
        clock_unix_nano=lambda: NOW, show=lambda now, changed: done.set() if changed else None,
    )  # fmt: skip
    done = threading.Event()
    send(ledger.store, call(1))
    with capture_logs() as told:
        running(ledger)
        assert disk.has_refused.wait(30)
        assert not done.is_set()
        disk.is_full = False
        assert done.wait(30)
    assert any(each["event"] == "slo_turn_failed" for each in told)
    assert sums(ledger.store) == (1, 1)


def test_a_thousand_quiet_objectives_are_asked_once_a_minute() -> None:
    """What did not change is not asked again within its minute."""
    asked: list[str] = []

    class Asked(Objectives):
        def sums(self, objective: Objective, now_unix_nano: int):  # type: ignore[no-untyped-def]
            asked.append(objective.id)
            return super().sums(objective, now_unix_nano)

    ledger = Ledger()
    ledger.in_force = Asked([replace(CALLS, id=f"o{n}") for n in range(50)], ledger.store)
    ledger.job = ledger.started()
    ledger.turn(0.1)
    ledger.turn(0.1)
    assert len(asked) == 50
    ledger.turn(1)
    assert len(asked) == 100
