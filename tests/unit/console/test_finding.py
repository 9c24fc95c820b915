"""Findings as text."""

from correlator.console import finding_view
from correlator.model.finding import Candidate, Evidence, Finding
from tests.unit.console.printed import printed
from tests.unit.serve.api import TRACE_ID, a_finding


def test_a_finding_fits_80_columns_and_has_every_part() -> None:
    """Readable in a pipe: no control sequences."""
    text = printed(finding_view(a_finding(), TRACE_ID))
    for part in ("confidence 80%", "inward", "Evidence", "Ruled out", "Missing signals", TRACE_ID):
        assert part in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_no_line_ends_in_blanks() -> None:
    """What is copied or piped carries no padding."""
    text = printed(finding_view(a_finding(), TRACE_ID))
    assert all(line == line.rstrip() for line in text.splitlines())


def test_an_expectation_is_shown_beside_a_quantity_that_differs_from_it() -> None:
    """An error's text speaks for itself."""
    evidence = (
        Evidence("exception", "api", "ValueError", expected="no error"),
        Evidence("timing", "api took", "900", expected="at most 500", unit="ms"),
        Evidence("structure", "deeper failures", "0", expected="0"),
    )
    candidate = Candidate("api", "GET /", "bridge", "timeout", 1.0, 0.8, "c1-0", "", "", evidence=evidence)
    text = printed(finding_view(Finding("api failed first.", False, (candidate,)), TRACE_ID))
    assert "api took: 900 ms (expected at most 500)" in text
    assert text.count("expected") == 1


def test_an_abstention_names_what_is_missing() -> None:
    """And shows no empty parts."""
    text = printed(finding_view(Finding("Nothing failed.", True, missing_signals=("no logs",)), TRACE_ID))
    assert "no logs" in text
    assert "inward" not in text
    assert "Evidence" not in text
