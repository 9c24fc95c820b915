"""Check files of rules of both kinds, patterns and objectives, as loading them would."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from correlator.pipeline.patterns.check import CheckedRule, check_rules
from correlator.pipeline.rules.files import files_in
from correlator.pipeline.rules.objective_files import holds_objectives, read_objective_files
from correlator.rule_text.mistake import Mistake
from correlator.slo.openslo import WrittenObjective


@dataclass(frozen=True, slots=True)
class CheckedFiles:
    """What checking found. Rules and objectives with a mistake are among `mistakes` only."""

    rules: tuple[CheckedRule, ...]
    objectives: tuple[WrittenObjective, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def is_good(self) -> bool:
        return not self.mistakes and all(each.is_good for each in self.rules)


def check_files(paths: Iterable[Path], retention_s: int | None) -> CheckedFiles:
    """Every rule in these files and folders. A file that says apiVersion or kind holds objectives; any other, patterns.

    `retention_s` is how long records are kept; None is for ever.
    """
    patterns: list[Path] = []
    objectives: list[Path] = []
    for path in paths:
        of_path = [file for file in _files(path) if holds_objectives(file)]
        objectives += of_path
        if not of_path:
            patterns.append(path)
        else:
            patterns += [file for file in _files(path) if file not in of_path]
    of_patterns = check_rules(patterns)
    document = read_objective_files(objectives, retention_s)
    return CheckedFiles(of_patterns.rules, document.objectives, (*of_patterns.mistakes, *document.mistakes))


def _files(path: Path) -> list[Path]:
    try:
        return files_in(path)
    except OSError:
        return []  # told where patterns are read
