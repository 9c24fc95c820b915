"""What the processing types do with items, good and bad."""

from collections.abc import Iterator
from typing import Any

import pytest

from correlator.demo.jobs.job import Job
from correlator.demo.worker.email_send import MailRefused, MailSender
from correlator.demo.worker.failing import spoil
from correlator.demo.worker.kinds import Kind, UnknownProcessingType, find_kind, make_kinds
from correlator.demo.worker.retrying import MAX_S, backoff_s, may_pass
from correlator.demo.worker.smtp_stub import smtp_stub
from correlator.demo.worker.template_render import TemplateRefused
from correlator.demo.worker.validation import RecordRefused


@pytest.fixture
def mails() -> Iterator[MailSender]:
    with smtp_stub() as (host, port):
        yield MailSender(host, port)


def run(processing_type: str, document: Any, mails: MailSender | None = None, fault: str = "") -> dict[str, Any]:
    kinds = make_kinds(mails or MailSender("127.0.0.1", 1))
    job = Job("j-1", "work", processing_type, document, 1, 30.0, fault=fault)
    return find_kind(kinds, processing_type).work(spoil(job))


def test_template_is_filled_for_each_item() -> None:
    """Results are paired with their items."""
    items = [{"json": {"template": "Hi $name", "fields": {"name": name}}} for name in ("Ann", "Bob")]
    assert run("template_render", items) == {
        "items": [
            {"json": {"text": "Hi Ann"}, "pairedItem": [{"item": 0}]},
            {"json": {"text": "Hi Bob"}, "pairedItem": [{"item": 1}]},
        ],
        "failed": [],
    }


def test_one_bad_item_does_not_cost_its_neighbours() -> None:
    """It is named, with what is wrong."""
    items = [{"template": "a"}, {"template": "Hi $name"}, {"template": "c"}]
    result = run("template_render", items)
    assert [item["json"]["text"] for item in result["items"]] == ["a", "c"]
    assert result["failed"] == [{"item": 1, "type": "TemplateRefused", "message": "the template needs field 'name'"}]


def test_no_items_are_no_failure() -> None:
    """An empty list in, an empty list out."""
    assert run("validation", []) == {"items": [], "failed": []}


@pytest.mark.parametrize(
    ("processing_type", "document", "error", "message"),
    [
        ("template_render", {"template": "100$"}, TemplateRefused, "Invalid placeholder"),
        ("template_render", {"template": 7}, TemplateRefused, r"json\.template: 7 is not a text"),
        ("validation", {"record": {"order_id": "o"}}, RecordRefused, r"\$: 'total' is a required property"),
        ("validation", {"record": {}, "schema": {"type": "nothing"}}, RecordRefused, "the item's schema is none"),
        ("validation", {"record": []}, RecordRefused, r"json\.record: an array is not an object"),
        ("email_send", {"to": "nobody"}, MailRefused, r"json\.to: is no mail address"),
    ],
)
def test_single_bad_item_fails_the_job(
    processing_type: str, document: Any, error: type[Exception], message: str
) -> None:
    """With its own error."""
    with pytest.raises(error, match=message):
        run(processing_type, document)


def test_mail_is_sent(mails: MailSender) -> None:
    """By real SMTP; dots at a line's start survive."""
    mail = {"to": "a@b.example", "subject": "Grüße", "body": "a\n.\nb"}
    assert run("email_send", mail, mails)["items"][0]["json"] == {"sent": True, "subject": "Grüße"}


def test_mail_server_that_is_gone_fails_the_whole_job() -> None:
    """That is not the item's fault, and may pass."""
    with pytest.raises(ConnectionRefusedError) as raised:
        run("email_send", [{"to": "a@b.example"}, {"to": "c@d.example"}])
    assert may_pass(raised.value)


@pytest.mark.parametrize("header", ["to", "subject"])
def test_line_break_in_a_mail_header_is_refused(mails: MailSender, header: str) -> None:
    """It would begin another header."""
    with pytest.raises(MailRefused, match="linefeed or carriage return"):
        run("email_send", {"to": "a@b.example", header: "a@b.example\r\nBcc: x@y.example"}, mails)


def test_partial_success_spoils_the_second_of_three() -> None:
    """Whatever the call brought."""
    result = run("template_render", {"template": "a"}, fault="partial_success")
    assert (len(result["items"]), [failure["item"] for failure in result["failed"]]) == (2, [1])


def test_unknown_type_is_refused_with_the_known_ones() -> None:
    """A bridge of a newer release may send it."""
    kinds = {"a": Kind(lambda job: {}, "a_done", "a_failed")}
    with pytest.raises(UnknownProcessingType, match="'b' is none of a"):
        find_kind(kinds, "b")


def test_only_what_may_pass_is_tried_again() -> None:
    """The network; not a bug, not a full memory."""
    assert all(may_pass(error) for error in (ConnectionRefusedError(), TimeoutError()))
    assert not any(may_pass(error) for error in (ValueError(), MemoryError(), FileNotFoundError()))


def test_waits_double_up_to_a_bound() -> None:
    """In seconds, from the first attempt on."""
    assert [backoff_s(attempt) for attempt in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert backoff_s(100) == MAX_S
