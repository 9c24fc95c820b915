"""Whatever stands in a file of rules, it is read as rules or as mistakes: nothing is raised, and no rule is half of one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.explain.pattern import read_document
from correlator.explain.pattern.rule_tests import failures_of
from correlator.pipeline.pattern_files import shipped_folder
from correlator.pipeline.rule_files import files_in

TEXTS = [file.read_text(encoding="utf-8") for file in files_in(shipped_folder())]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A shipped file of which a piece is missing, doubled, or replaced."""
    text = draw(st.sampled_from(TEXTS))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 60)))
    piece = draw(
        st.one_of(st.just(""), st.just(text[start:end] * 2), st.text(max_size=8), st.sampled_from("[]{}:-\n&*!|>"))
    )
    return text[:start] + piece + text[end:]


@settings(max_examples=300, deadline=None)
@given(st.one_of(damaged(), st.text(max_size=200)))
def test_any_text_gives_rules_or_mistakes(text: str) -> None:
    """Each with a line of the file; and what is a rule can be run."""
    document = read_document(text, "r.yaml")
    assert document.rules or document.mistakes
    lines = len(text.splitlines()) + 2
    assert all(1 <= mistake.line <= lines for mistake in document.mistakes)
    for written in document.rules:
        assert written.rule.required
        failures_of(written)
