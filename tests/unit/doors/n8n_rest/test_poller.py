"""The reconciler on a memory store, in front of an n8n that the test moves."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from correlator import semconv
from correlator.model.rows import spans_of
from tests.unit.doors.misbehaving import Misbehaviour
from tests.unit.doors.n8n_rest.fake_n8n import KEY, S, fake_n8n
from tests.unit.doors.n8n_rest.lab import T0, Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with fake_n8n() as n8n:
        made = Lab(n8n, tmp_path)
        yield made
        made.close()


def test_an_execution_that_n8n_did_not_tell_of_is_told_after_the_grace(lab: Lab) -> None:
    """Not before: n8n's own spans may still be on their way."""
    lab.n8n.add(1, at_s=T0 - 5)
    lab.turn()
    assert lab.told() == {}
    lab.turn(after_s=20)
    assert lab.told()["1"].attributes[semconv.N8N_EXECUTION_STATUS] == "success"
    assert lab.count("reconstructed") == 1


def test_one_that_n8n_told_of_costs_no_question_and_is_not_told_again(lab: Lab) -> None:
    """Its own spans are in the store."""
    execution = lab.n8n.add(1, at_s=T0 - 60)
    lab.push(execution)
    lab.serve(execution)
    lab.turn()
    assert (lab.n8n.singles(), lab.sent) == ([], [])
    assert lab.count("whole") == 1
    assert lab.heard[-1].trace_id == f"{1:032x}"


def test_of_a_failure_that_n8n_told_of_the_detail_alone_is_told(lab: Lab) -> None:
    """At n8n's own node span."""
    execution = lab.n8n.add(1, "44", at_s=T0 - 60)
    lab.push(execution)
    lab.serve(execution)
    lab.turn()
    assert [signal for signal, _ in lab.sent] == ["logs"]
    (record,) = lab.logs()
    assert record.is_error and record.trace_id == f"{1:032x}"
    assert "bridge exploded" in lab.heard[-1].error_message


def test_one_that_ran_while_the_engine_was_away_is_looked_into(lab: Lab) -> None:
    """Its workflow span came, its first nodes' spans went while nobody listened."""
    document = lab.n8n.add(1, at_s=T0 - 60, lasts_s=100.0)
    lab.push(document | {"data": {}})
    lab.turn(after_s=100)
    assert lab.n8n.singles() == [1]
    names = {span.attributes.get(semconv.N8N_NODE_NAME) for span in spans_of(lab.store._all().spans)}
    assert {"Webhook", "Call Bridge", "Shape Result", "Respond"} <= names


def test_nothing_is_sent_twice(lab: Lab) -> None:
    """Neither by further turns nor by a new life of the engine."""
    for number, like in enumerate(["44", "64", "78", "80"], start=1):
        lab.n8n.add(number, like, at_s=T0 - 60 + number)
    lab.turn()
    sent, asked = len(lab.sent), len(lab.n8n.singles())
    assert sent == 4 + 3  # spans, and the detail of three failures
    lab.turn(after_s=10)
    lab.restart()
    for _ in range(3):
        lab.turn(after_s=10)
    assert (len(lab.sent), len(lab.n8n.singles())) == (sent, asked)


def test_a_running_execution_is_followed_until_it_ends_below_newer_ones(lab: Lab) -> None:
    """n8n's list leaves it out while it runs; newer ones end before it."""
    lab.n8n.add(7, at_s=T0 - 60, status="running", stoppedAt=None)
    for number in range(8, 20):
        lab.n8n.add(number, at_s=T0 - 60 + number)
    for _ in range(3):
        lab.turn(after_s=20)
    assert "7" not in lab.told() and "19" in lab.told()
    lab.restart()
    lab.n8n.add(7, at_s=T0 - 60, lasts_s=150.0)
    lab.turn(after_s=60)
    assert lab.told()["7"].duration_nano == 150 * S


def test_an_execution_that_ran_between_the_two_questions_is_found_a_turn_later(lab: Lab) -> None:
    """It started after the list of running ones was given, and still ran when that of all was."""
    lab.n8n.add(1, at_s=T0 - 100)
    lab.turn()
    hidden = lab.n8n.add(2, at_s=T0 - 50)
    del lab.n8n.executions[2]
    lab.n8n.add(3, at_s=T0 - 40)
    lab.turn(after_s=10)
    lab.n8n.executions[2] = hidden
    lab.turn(after_s=10)
    assert {"1", "2", "3"} <= lab.told().keys()


def test_the_first_start_looks_back_for_so_long_and_no_longer(lab: Lab) -> None:
    """An hour by default."""
    lab.n8n.add(1, at_s=T0 - 7_200)
    lab.n8n.add(2, at_s=T0 - 3_000)
    lab.turn()
    assert lab.told().keys() == {"2"}


def test_after_a_long_absence_everything_since_is_told(lab: Lab) -> None:
    """However long the engine was away: known ground is by id, not by time."""
    lab.n8n.add(1, at_s=T0 - 60)
    lab.turn()
    for number in range(2, 40):
        lab.n8n.add(number, at_s=T0 + number * 600)
    lab.restart()
    lab.n8n.page_rows = 10
    lab.turn(after_s=50_000)
    assert lab.told().keys() == {str(number) for number in range(1, 40)}


def test_more_than_a_turn_may_walk_is_walked_later(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first; the rest is a gap that later turns close, also in a new life."""
    monkeypatch.setattr("correlator.doors.n8n_rest.poller.PAGES_PER_TURN", 3)
    lab.n8n.page_rows = 10
    for number in range(1, 61):
        lab.n8n.add(number, at_s=T0 - 500 + number)
    lab.turn()
    first = {int(each) for each in lab.told()}
    assert max(first) == 60 and len(first) == 30
    lab.restart()
    for _ in range(5):
        lab.turn(after_s=10)
    assert {int(each) for each in lab.told()} == set(range(1, 61))


def test_a_crashed_row_that_n8n_rewrites_is_looked_at_again(lab: Lab) -> None:
    """Its end moves at a later start of n8n; the record of its failure stays one."""
    lab.n8n.add(1, "78", at_s=T0 - 100, lasts_s=0.1)
    lab.turn()
    lab.n8n.page_rows = 3
    for number in range(2, 12):
        lab.n8n.add(number, at_s=T0 - 90)
    lab.turn()
    lab.turn(after_s=10)
    lab.n8n.add(1, "78", at_s=T0 - 100, lasts_s=30.0)
    lab.turn(after_s=10)
    assert lab.told()["1"].duration_nano == 30 * S
    assert len({record.attributes[semconv.LOG_RECORD_UID] for record in lab.logs()}) == 1


def test_a_wait_is_told_in_two_parts_that_are_linked(lab: Lab) -> None:
    """n8n gives the part after the wait a span id of its own."""
    lab.n8n.add(1, "67", at_s=T0 - 60, status="waiting", waitTill="2026-12-01T00:00:00.000Z")
    lab.turn()
    first = lab.told()["1"]
    assert first.attributes[semconv.N8N_EXECUTION_STATUS] == "waiting"
    resumed = {"traceparent": f"00-{1:032x}-00000000000000ff-01"}
    lab.n8n.add(1, "67", at_s=T0 - 60, lasts_s=75.0, tracingContext=resumed)
    lab.restart()
    lab.turn(after_s=60)
    second = lab.told()["1"]
    assert (second.span_id, second.parent_span_id) == ("00000000000000ff", first.span_id)
    assert [link.span_id for link in second.links] == [first.span_id]


def test_a_waiting_execution_is_told_once_while_it_waits(lab: Lab) -> None:
    """And not asked for again."""
    lab.n8n.add(1, "67", at_s=T0 - 60, status="waiting", waitTill="2026-12-01T00:00:00.000Z")
    for _ in range(4):
        lab.turn(after_s=10)
    assert len(lab.sent) == 1 and lab.n8n.singles() == [1]


def test_an_execution_that_n8n_deleted_is_let_go(lab: Lab) -> None:
    """n8n prunes, and may be told to keep only failures."""
    lab.n8n.add(1, at_s=T0 - 60, status="running", stoppedAt=None)
    lab.turn()
    del lab.n8n.executions[1]
    lab.turn(after_s=10)
    assert lab.count("gone") == 1
    asked = len(lab.n8n.singles())
    lab.turn(after_s=10)
    assert len(lab.n8n.singles()) == asked


@pytest.mark.parametrize("newest", [3, 12])
def test_an_n8n_that_was_reset_is_read_from_the_start(lab: Lab, newest: int) -> None:
    """Ids begin at 1 again, whether there are fewer or more than before by now."""
    for number in range(1, 10):
        lab.n8n.add(number, at_s=T0 - 200 + number)
    lab.turn()
    lab.turn(after_s=10)
    lab.n8n.executions.clear()
    for number in range(1, newest + 1):
        lab.n8n.add(number, "44", at_s=T0 + 50 + number)
    with capture_logs() as events:
        lab.turn(after_s=200)
    assert [each["event"] for each in events if each["log_level"] == "warning"] == ["n8n_was_reset"]
    statuses = {key: span.attributes[semconv.N8N_EXECUTION_STATUS] for key, span in lab.told().items()}
    assert all(statuses[str(number)] == "error" for number in range(1, newest + 1))


def test_a_sub_workflow_stands_below_its_callers_workflow_span(lab: Lab) -> None:
    """The caller's ids are looked up once, as n8n itself would have given them."""
    lab.n8n.add(47, "47", at_s=T0 - 60)
    child = lab.n8n.add(51, "51", at_s=T0 - 60)
    child["tracingContext"] = {"traceparent": f"00-{47:032x}-{51:016x}-01"}
    lab.turn()
    assert lab.told()["51"].parent_span_id == lab.told()["47"].span_id


def test_an_n8n_that_does_not_answer_is_told_once_and_found_again(lab: Lab) -> None:
    """Waits grow in between; nothing is lost."""
    lab.turn()
    lab.n8n.always = Misbehaviour(500)
    with capture_logs() as events:
        waits = [lab.turn(after_s=10) for _ in range(3)]
        described = lab.poller.describe()
        lab.n8n.always = None
        lab.n8n.add(1, at_s=lab.now_s - 60)
        assert lab.turn(after_s=10) == 10.0
    told = [each["event"] for each in events if each["event"].startswith("n8n_")]
    assert told == ["n8n_does_not_answer", "n8n_answers_again"]
    assert waits[2] > waits[0] and waits[2] <= 60 * 1.2
    assert described == "server_error: HTTP 500"
    assert lab.poller.describe() == "answering"
    assert "1" in lab.told()


def test_n8ns_own_spans_take_the_place_of_those_told_for_it(lab: Lab) -> None:
    """They may come late, after an outage of the way between."""
    document = lab.n8n.add(1, at_s=T0 - 60)
    lab.turn()
    assert semconv.SOURCE in lab.told()["1"].resource_attributes
    lab.push(document)
    assert semconv.SOURCE not in lab.told()["1"].resource_attributes


def test_an_n8n_too_old_to_list_running_executions_is_read_all_the_same(lab: Lab) -> None:
    """It refuses a status that it does not know."""
    lab.n8n.add(1, at_s=T0 - 60)
    answered = lab.n8n.answer

    def answer(path: str, key: str | None) -> tuple[int, Any]:
        return (400, {}) if "status=running" in path or "status=crashed" in path else answered(path, key)

    lab.n8n.answer = answer  # type: ignore[method-assign]
    assert lab.turn() == 10.0
    assert "1" in lab.told()


def test_a_cursor_that_n8n_no_longer_takes_is_begun_anew(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """n8n was updated while a gap was left."""
    monkeypatch.setattr("correlator.doors.n8n_rest.poller.PAGES_PER_TURN", 3)
    lab.n8n.page_rows = 2
    for number in range(1, 11):
        lab.n8n.add(number, at_s=T0 - 500 + number)
    lab.turn()
    ledger = lab.folder / "n8n_rest.json"
    kept = json.loads(ledger.read_text(encoding="utf-8"))
    ((cursor, _),) = kept["gaps"]
    ledger.write_text(ledger.read_text(encoding="utf-8").replace(cursor, "stale"), encoding="utf-8")
    lab.restart()
    monkeypatch.setattr("correlator.doors.n8n_rest.poller.PAGES_PER_TURN", 20)
    for _ in range(3):
        lab.turn(after_s=10)
    assert {int(each) for each in lab.told()} == set(range(1, 11))


def test_a_retry_after_is_kept_to(lab: Lab) -> None:
    """n8n, or a proxy before it, says when."""
    lab.n8n.always = Misbehaviour(429, headers={"retry-after": "120"})
    assert lab.turn() >= 120.0


def test_what_could_not_be_recorded_is_told_again(lab: Lab) -> None:
    """A full disk: the ledger does not claim what no disk has."""
    lab.n8n.add(1, at_s=T0 - 60)
    lab.full = True
    with capture_logs():
        lab.turn()
    lab.full = False
    lab.restart()
    lab.turn(after_s=10)
    assert "1" in lab.told()


def test_a_document_that_does_not_come_is_told_without_its_data_and_stops_no_other(lab: Lab) -> None:
    """A document over the limit: its workflow span at least."""
    lab.n8n.add(1, at_s=T0 - 60)["data"]["resultData"]["padding"] = "x" * 20_000_000
    lab.n8n.add(2, at_s=T0 - 60)
    with capture_logs() as events:
        lab.turn()
    assert lab.told().keys() == {"1", "2"}
    assert [each["event"] for each in events] == ["n8n_execution_without_data"]


def test_a_document_that_n8n_cannot_give_at_all_is_given_up_after_some_turns(lab: Lab) -> None:
    """A damaged row; those after it are told meanwhile."""
    lab.n8n.add(1, at_s=T0 - 60)
    lab.n8n.add(2, at_s=T0 - 60)
    answered = lab.n8n.answer

    def answer(path: str, key: str | None) -> tuple[int, Any]:
        return (500, {}) if "/executions/1?" in path else answered(path, key)

    lab.n8n.answer = answer  # type: ignore[method-assign]
    with capture_logs():
        for _ in range(4):
            lab.turn(after_s=10)
    assert lab.told().keys() == {"2"}
    assert lab.count("unreadable") == 1


def test_what_is_heard_is_handed_on(lab: Lab) -> None:
    """Each change once: running, then its end, then its trace and reason."""
    lab.n8n.add(1, "44", at_s=T0 - 60, status="running", stoppedAt=None)
    lab.turn()
    lab.turn(after_s=10)
    lab.n8n.add(1, "44", at_s=T0 - 60)
    lab.turn(after_s=10)
    assert [(each.status, each.trace_id, bool(each.error_message)) for each in lab.heard] == [
        ("running", None, False),
        ("error", None, False),
        ("error", f"{1:032x}", True),
    ]


def test_a_damaged_ledger_is_started_anew(lab: Lab) -> None:
    """One looks back as at the first start; ids being the same, nothing is doubled."""
    lab.n8n.add(1, at_s=T0 - 60)
    lab.turn()
    (lab.folder / "n8n_rest.json").write_text("{", encoding="utf-8")
    lab.restart()
    with capture_logs() as events:
        lab.turn()
    assert [each["event"] for each in events] == ["n8n_ledger_unreadable"]
    assert len(lab.told()) == 1


def test_the_ledger_holds_no_content(lab: Lab) -> None:
    """Ids, times and digests."""
    lab.n8n.add(1, "44", at_s=T0 - 60)
    lab.turn()
    kept = json.loads((lab.folder / "n8n_rest.json").read_text(encoding="utf-8"))
    assert KEY not in json.dumps(kept) and "exploded" not in json.dumps(kept)


def test_stages_and_outcomes_are_measured(lab: Lab) -> None:
    """Lag counts from an execution's end."""
    lab.n8n.add(1, at_s=T0 - 5, lasts_s=1.0)
    lab.turn()
    value: Callable[..., float | None] = lab.metrics.registry.get_sample_value
    assert value("correlator_stage_lag_seconds", {"stage": "n8n_rest"}) == 4.0
    assert value("correlator_n8n_open_executions") == 1.0
    lab.turn(after_s=20)
    assert value("correlator_stage_lag_seconds", {"stage": "n8n_rest"}) == 0.0
    assert value("correlator_n8n_last_success_timestamp_seconds") == T0 + 20
