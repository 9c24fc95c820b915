"""What is read of an answer that is no success."""

from typing import Any

import pytest

from correlator.elasticsearch.error_body import error_of, reason_of

PARSING = {"type": "document_parsing_exception", "reason": "failed to parse field [code]"}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": PARSING, "status": 400}, PARSING),
        ({"error": "no handler found for uri [/_x]"}, {"reason": "no handler found for uri [/_x]"}),
        ({"error": None}, {}),
        ({"found": False}, {}),
        ("<html>502 Bad Gateway</html>", {}),
        (b"", {}),
        (None, {}),
    ],
)
def test_an_error_is_an_object_or_a_text_and_else_there_is_none(body: Any, error: dict[str, str]) -> None:
    """A proxy answers with a page: nothing of that is taken for Elasticsearch's words."""
    assert error_of(body) == error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PARSING, "failed to parse field [code]"),
        (
            {"reason": "template is invalid", "caused_by": {"reason": "merging", "caused_by": {"reason": "no path"}}},
            "template is invalid: no path",
        ),
        ({"reason": "template is invalid", "caused_by": {"type": "null_pointer_exception"}}, "template is invalid"),
        ({"reason": "", "caused_by": {"reason": "missing shards [[logs][0]]"}}, "missing shards [[logs][0]]"),
        ({"reason": "all shards failed", "caused_by": {"reason": "all shards failed"}}, "all shards failed"),
        ({"reason": None, "type": "no_shard_available_action_exception"}, "no reason given"),
    ],
)
def test_a_reason_ends_with_what_caused_it_all(error: dict[str, Any], reason: str) -> None:
    """Elasticsearch's first words may say only that something failed, or nothing."""
    assert reason_of(error) == reason
