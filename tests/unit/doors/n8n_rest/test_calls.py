"""Calls that arrived without their context: told by the hashes of what was sent, where nobody heard them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from correlator import semconv
from correlator.doors.n8n_rest import repair
from correlator.model.span import LogRecord, Span
from correlator.payload import payload_hash
from tests.unit.doors.misbehaving import Misbehaviour
from tests.unit.doors.n8n_rest.fake_n8n import fake_n8n
from tests.unit.doors.n8n_rest.lab import T0, Lab
from tests.unit.doors.n8n_rest.recorded import documents, spans

ELSEWHERE: Final = "e" * 32


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with fake_n8n() as n8n:
        made = Lab(n8n, tmp_path)
        yield made
        made.close()


def pushed(lab: Lab, number: int = 1, like: str = "64") -> dict[str, Any]:
    """An execution of which n8n sent all spans."""
    execution = lab.n8n.add(number, like, at_s=T0 - 60)
    lab.push(execution)
    return execution


def of_calls(lab: Lab) -> list[LogRecord]:
    return [log for log in lab.logs() if log.body.startswith("Call Bridge called")]


def sent_by(execution: Any) -> dict[str, Any]:
    """The body that the execution's webhook was called with."""
    body: dict[str, Any] = _webhook(execution)["body"]
    return body


def _webhook(execution: Any) -> dict[str, Any]:
    item: dict[str, Any] = execution["data"]["resultData"]["runData"]["Webhook"][0]["data"]["main"][0][0]["json"]
    return item


def test_a_call_that_nobody_heard_is_told_at_n8ns_own_span_by_what_went_into_it(lab: Lab) -> None:
    """Hashes, and never the payload; the execution has no other part that needs to be told."""
    execution = pushed(lab)
    node = lab.serve(execution, ELSEWHERE)
    lab.turn()
    (record,) = of_calls(lab)
    assert (record.trace_id, record.span_id, record.is_error) == (node.trace_id, node.span_id, False)
    assert record.time_unix_nano == node.start_time_unix_nano
    assert record.attributes[semconv.N8N_EXECUTION_ID] == "1"
    assert record.attributes[semconv.URL_FULL] == node.attributes[semconv.URL_FULL]
    assert payload_hash(sent_by(execution)) in record.attributes[semconv.PAYLOAD_HASH]
    assert [signal for signal, _ in lab.sent] == ["logs"]
    assert str(next(iter(sent_by(execution).values()))).encode() not in lab.sent[0][1]
    assert lab.count("detail") == 1


def test_a_call_with_an_answer_below_its_span_was_heard(lab: Lab) -> None:
    lab.serve(pushed(lab))
    lab.turn()
    assert (lab.n8n.singles(), lab.sent) == ([], [])


def test_an_execution_that_another_system_names_was_heard(lab: Lab) -> None:
    """In another trace, by its id."""
    execution = pushed(lab)
    names = {semconv.N8N_EXECUTION_ID: "1", semconv.N8N_WORKFLOW_ID: execution["workflowId"]}
    lab.serve(execution, ELSEWHERE, **names)
    lab.turn()
    assert (lab.n8n.singles(), lab.sent) == ([], [])


def test_another_workflows_execution_of_that_id_hears_nothing(lab: Lab) -> None:
    """Two n8n count from 1 each."""
    names = {semconv.N8N_EXECUTION_ID: "1", semconv.N8N_WORKFLOW_ID: "another"}
    lab.serve(pushed(lab), ELSEWHERE, **names)
    lab.turn()
    assert len(of_calls(lab)) == 1


def test_an_execution_without_calls_costs_no_question(lab: Lab) -> None:
    pushed(lab, like="46")
    lab.turn()
    assert of_calls(lab) == []


def test_switched_off_nothing_is_asked_or_told(lab: Lab) -> None:
    lab.payloads = False
    lab.restart()
    pushed(lab)
    lab.turn()
    assert (lab.n8n.singles(), lab.sent) == ([], [])
    assert lab.count("whole") == 1


def test_calls_are_looked_into_only_so_often_a_turn(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs repair is never late for their sake: the others are settled as they are."""
    monkeypatch.setattr(repair, "CALLS_PER_TURN", 2)
    for number in range(1, 6):
        pushed(lab, number)
    lab.n8n.add(6, at_s=T0 - 60)
    lab.turn()
    assert lab.n8n.singles() == [1, 2, 6]
    assert [lab.count(outcome) for outcome in ("detail", "whole", "reconstructed")] == [2, 3, 1]


def test_a_call_is_told_in_the_same_bytes_after_a_crash(lab: Lab) -> None:
    """So that both are one record, by their uid."""
    pushed(lab)
    lab.turn()
    (lab.folder / "n8n_rest.json").unlink()
    lab.restart()
    lab.turn()
    assert [body for _, body in lab.sent] == [lab.sent[0][1]] * 2
    assert len({log.attributes[semconv.LOG_RECORD_UID] for log in of_calls(lab)}) == 1


def test_a_document_that_n8n_has_deleted_is_no_loss(lab: Lab) -> None:
    """n8n told the execution whole."""
    lab.turn()
    lists = len(lab.n8n.asked)
    pushed(lab)
    lab.n8n.misbehave = [None] * lists + [Misbehaviour(404)]
    lab.turn()
    assert lab.n8n.singles() == [1]
    assert (lab.sent, lab.count("whole")) == ([], 1)


def test_one_whose_data_n8n_did_not_keep_is_left_as_it_is(lab: Lab) -> None:
    del pushed(lab)["data"]
    lab.turn()
    assert (lab.sent, lab.count("whole")) == ([], 1)


def test_a_failed_request_is_told_by_its_own_body_first(lab: Lab) -> None:
    """Beside the record of the failure."""
    execution = pushed(lab, like="44")
    lab.turn()
    (record,) = of_calls(lab)
    request = execution["data"]["resultData"]["runData"]["Call Bridge"][0]["error"]["context"]["request"]
    assert record.attributes[semconv.PAYLOAD_HASH][0] == payload_hash(request["body"])
    assert len(lab.logs()) == 2


def test_a_node_told_for_n8n_carries_what_went_into_it() -> None:
    """Not what it was answered."""
    document = documents()["64"]
    node = next(span for span in spans(document) if _name(span) == "Call Bridge")
    answer = document["data"]["resultData"]["runData"]["Call Bridge"][0]["data"]["main"][0][0]["json"]
    hashes = node.attributes[semconv.PAYLOAD_HASH]
    assert payload_hash(sent_by(document)) in hashes
    assert payload_hash(answer) not in hashes


def test_a_webhooks_item_is_known_by_its_body_however_far_it_was_passed_on() -> None:
    """A node in between that hands it through does not hide it."""
    document = documents()["67"]
    node = next(span for span in spans(document) if _name(span) == "Call Bridge")
    assert payload_hash(sent_by(document)) in node.attributes[semconv.PAYLOAD_HASH]


def _name(span: Span) -> str:
    return str(span.attributes.get(semconv.N8N_NODE_NAME, ""))
