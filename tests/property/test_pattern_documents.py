"""Whatever stands in a file of rules, it is read as rules or as mistakes: nothing is raised, and no rule is half of one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.explain.pattern import read_document
from correlator.explain.pattern.rule_tests import failures_of
from correlator.pipeline.patterns.files import shipped_folder
from correlator.pipeline.rules.files import files_in
from tests.property.damaged_texts import damaged

TEXTS = [file.read_text(encoding="utf-8") for file in files_in(shipped_folder())]


@settings(max_examples=300, deadline=None)
@given(st.one_of(damaged(TEXTS), st.text(max_size=200)))
def test_any_text_gives_rules_or_mistakes(text: str) -> None:
    """Each with a line of the file; and what is a rule can be run."""
    document = read_document(text, "r.yaml")
    assert document.rules or document.mistakes
    lines = len(text.splitlines()) + 2
    assert all(1 <= mistake.line <= lines for mistake in document.mistakes)
    for written in document.rules:
        assert written.rule.required
        failures_of(written)
