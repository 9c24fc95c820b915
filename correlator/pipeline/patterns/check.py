"""Check files of rules as loading them would, and run the tests beside each rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from correlator.explain.pattern.document import WrittenRule
from correlator.explain.pattern.rule_tests import failures_of
from correlator.pipeline.patterns.files import read_files
from correlator.rule_text.mistake import Mistake


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule without a mistake in it: how many tests it has, and those that fail."""

    rule_id: str
    scope: str
    file: str
    line: int
    tests: int
    failures: tuple[Mistake, ...]

    @property
    def is_good(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking found. Rules with a mistake are among `mistakes` only."""

    rules: tuple[CheckedRule, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def is_good(self) -> bool:
        return not self.mistakes and all(each.is_good for each in self.rules)


def check_rules(paths: Iterable[Path]) -> Checked:
    """Every rule in these files and folders. A folder without any is a mistake: it was hardly meant."""
    rules, mistakes = read_files(paths := list(paths))
    if not rules and not mistakes:
        mistakes = [Mistake(str(path), 1, "no rule is in this folder; name one with *.yaml files") for path in paths]
    return Checked(tuple(_checked(each) for each in rules), tuple(mistakes))


def _checked(written: WrittenRule) -> CheckedRule:
    return CheckedRule(
        rule_id=written.rule.rule_id,
        scope=written.rule.scope,
        file=written.file,
        line=written.line,
        tests=len(written.should_match) + len(written.should_not),
        failures=tuple(failures_of(written)),
    )
