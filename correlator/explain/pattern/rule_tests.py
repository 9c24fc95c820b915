"""Runs the tests beside a rule."""

from dataclasses import dataclass

from correlator.explain.pattern.document import WrittenRule
from correlator.explain.pattern.example import Example, rule_fits


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test whose rule did not do as it says."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def failures_of(written: WrittenRule) -> list[FailedTest]:
    """The tests of a rule that fail, in their order."""
    return [
        *(
            _failure(written, test, "should match, and does not")
            for test in written.should_match
            if not _fits(written, test)
        ),
        *(_failure(written, test, "should not match, and does") for test in written.should_not if _fits(written, test)),
    ]


def _fits(written: WrittenRule, test: Example) -> bool:
    return rule_fits(written.rule, test.events)


def _failure(written: WrittenRule, test: Example, what: str) -> FailedTest:
    return FailedTest(written.file, test.line, f"{written.rule.rule_id}: '{test.name}' {what}")
