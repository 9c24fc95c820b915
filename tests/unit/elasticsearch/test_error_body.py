"""What is read of an answer that is no success."""

from typing import Any

import pytest

from correlator.elasticsearch.error_body import error_of

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
