"""What Elasticsearch's answers mean."""

import pytest

from exporters.elasticsearch.answers import TAKEN, Meaning, item_answers, meaning_of, refusal, try_again


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (201, Meaning.TAKEN),
        (200, Meaning.TAKEN),
        (409, Meaning.TAKEN),
        (429, Meaning.AGAIN),
        (500, Meaning.AGAIN),
        (503, Meaning.AGAIN),
        (401, Meaning.AGAIN),
        (403, Meaning.AGAIN),
        (404, Meaning.AGAIN),
        (400, Meaning.NEVER),
        (413, Meaning.NEVER),
    ],
)
def test_a_status_says_whether_to_send_again(status: int, meaning: Meaning) -> None:
    """A conflict is a document that is there; who does not know us, and what is not set up, refuses no document."""
    assert meaning_of(status) is meaning


def test_each_document_has_an_answer_of_its_own() -> None:
    """In their order; a failure of the server leaves open whether it was written."""
    full = {"type": "cluster_block_exception", "reason": "blocked by: [TOO_MANY_REQUESTS/12/disk usage ...]"}
    items = [
        {"create": {"status": 201}},
        {"create": {"status": 429, "error": full}},
        {"create": {"status": 503, "error": {"type": "unavailable_shards_exception"}}},
        {"index": {"status": 400, "error": {"type": "document_parsing_exception"}}},
    ]
    taken, later, unknown, never = item_answers({"items": items})
    assert taken == TAKEN
    assert (later.meaning, later.is_known, later.reason) == (Meaning.AGAIN, True, "answers 429 cluster_block_exception")
    assert (unknown.meaning, unknown.is_known) == (Meaning.AGAIN, False)
    assert (never.meaning, never.reason) == (Meaning.NEVER, "answers 400 document_parsing_exception")


def test_a_reason_names_the_field_and_quotes_no_value() -> None:
    """The server does: its preview of the value stays out."""
    reason = (
        "[1:312] failed to parse field [attributes.code] of type [long] in document with id 'a'. "
        "Preview of field's value: 'card 4111111111111111'"
    )
    told = refusal(400, {"type": "document_parsing_exception", "reason": reason})
    assert told == "answers 400 document_parsing_exception: field [attributes.code], type [long]"


def test_what_is_not_set_up_or_not_allowed_says_what_to_do() -> None:
    """And for how long to leave it alone, where the server says that."""
    assert "correlator elasticsearch setup" in str(try_again(404, {}))
    assert "what stands before it" in str(try_again(405, {}))  # none of Elasticsearch's: it gives a reason
    assert str(try_again(401, {})) == (
        "answers 401: it does not know who asks; mend elasticsearch.api_key_file, or user and password_file"
    )
    assert "correlator elasticsearch roles exporter" in str(try_again(403, {}))
    assert try_again(429, {"retry-after": "7"}).retry_after_s == 7.0
