"""Files and folders of objectives."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from correlator.pipeline.rules.files import files_in, text_of, unreadable
from correlator.rule_text.mistake import Mistake
from correlator.slo.openslo import Document, RuleFile, read_objectives

OBJECTIVES: Final = 1_000
"""At most in all, those for each workflow counted once."""
_BEGIN: Final = re.compile(r"^(apiVersion|kind)\s*:", re.MULTILINE | re.IGNORECASE)


def is_openslo(text: str) -> bool:
    """Whether a file of rules is meant as objectives: patterns have neither apiVersion nor kind."""
    return _BEGIN.search(text) is not None


def holds_objectives(file: Path) -> bool:
    """Whether a file is meant as objectives; one that cannot be read is not."""
    try:
        text = text_of(file)
    except OSError:
        return False
    return isinstance(text, str) and is_openslo(text)


def read_objective_files(paths: Iterable[Path], retention_s: int | None) -> Document:
    """The objectives of these files and folders, which may name each other's parts, and every mistake."""
    files: list[RuleFile] = []
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            for file in files_in(path):
                text = text_of(file)
                if isinstance(text, Mistake):
                    mistakes.append(text)
                else:
                    files.append(RuleFile(str(file), text))
        except OSError as error:
            mistakes.append(unreadable(error, path))
    document = read_objectives(files, retention_s)
    mistakes += document.mistakes
    if len(document.objectives) > OBJECTIVES:
        first = document.objectives[OBJECTIVES]
        mistakes.append(
            Mistake(first.file, first.line, f"{len(document.objectives)} objectives; at most {OBJECTIVES} are kept")
        )
    return Document(document.objectives, tuple(mistakes))
