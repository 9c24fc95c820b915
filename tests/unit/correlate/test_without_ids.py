"""Sentences without ids."""

import pytest

from correlator.correlate.without_ids import without_ids


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("worker failed first: it raised E ('order 4711 of ann@example.org')", "worker failed first: it raised E ('order … of …')"),
        ("n8n node Call Bridge answered HTTP 502", "n8n node Call Bridge answered HTTP 502"),
        ("n8n workflow o5hk1XXMYgFGUrZ1 failed", "n8n workflow … failed"),
        ("trace 4bf92f3577b34da6a3ce929d0e0e4736, job 26d96921-0a2b-4c3d-8e9f-0a1b2c3d4e5f", "trace …, job …"),
        ("gave up after 2.0 s at 2026-01-31T12:00:00Z", "gave up after … s at …"),
        ("connection to http://10.0.0.1:9000/x refused: [Errno 111]", "connection to … refused: [Errno 111]"),
        ("two\n lines", "two lines"),
    ],
)  # fmt: skip
def test_what_differs_each_time_is_left_out(told: str, left: str) -> None:
    """Quotations, names and the kinds of errors stay."""
    assert without_ids(told, 200) == left


def test_it_is_bounded() -> None:
    """With a mark where it was cut, however long it was."""
    assert without_ids("word " * 100_000, 50) == "word " * 9 + "word…"
