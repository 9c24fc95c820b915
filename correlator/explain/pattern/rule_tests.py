"""Runs the tests beside a rule."""

from correlator.explain.pattern.document import WrittenRule
from correlator.explain.pattern.example import Example, rule_fits
from correlator.rule_text.mistake import Mistake


def failures_of(written: WrittenRule) -> list[Mistake]:
    """The tests of a rule that fail, each at its line, in their order."""
    missed = (test for test in written.should_match if not _fits(written, test))
    wrong = (test for test in written.should_not if _fits(written, test))
    return [
        *(_failure(written, test, "should match, and does not") for test in missed),
        *(_failure(written, test, "should not match, and does") for test in wrong),
    ]


def _fits(written: WrittenRule, test: Example) -> bool:
    return rule_fits(written.rule, test.events)


def _failure(written: WrittenRule, test: Example, what: str) -> Mistake:
    return Mistake(written.file, test.line, f"{written.rule.rule_id}: '{test.name}' {what}")
