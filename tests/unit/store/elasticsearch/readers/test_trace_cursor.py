"""Where a list of traces goes on."""

import pytest

from correlator.errors import InvalidInput
from correlator.store.cursor import Cursor
from correlator.store.elasticsearch.readers.trace_cursor import TraceCursor, decode_trace_cursor


@pytest.mark.parametrize("held", [(), ("ab" * 16,), ("ab" * 16, "cd" * 16)])
def test_a_cursor_comes_back_as_it_went(held: tuple[str, ...]) -> None:
    """With the traces that are held, or none."""
    cursor = TraceCursor(Cursor(17, "ef" * 16), 19, held)
    assert decode_trace_cursor(cursor.encode()) == cursor
    assert decode_trace_cursor(None) is None


@pytest.mark.parametrize("text", ["", "!", Cursor(17, "ab" * 16).encode(), Cursor(17, "ab:x").encode()])
def test_a_cursor_of_others_is_refused(text: str) -> None:
    """Also one that another kind of store made."""
    with pytest.raises(InvalidInput, match="cursor"):
        decode_trace_cursor(text)
