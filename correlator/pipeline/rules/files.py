"""Files of rules, of any kind: where the ready-made ones are, which files a folder holds, and their text."""

from pathlib import Path
from typing import Final

from correlator.rule_text.mistake import Mistake

SUFFIXES: Final = (".yaml", ".yml")
FILE_BYTES: Final = 2**20
"""Of one file at most: a rule is a few kilobytes."""


def shipped_rules(kind: str) -> Path:
    """The folder of ready-made rules: within the package where it was installed from a wheel, beside it in a clone."""
    package = Path(__file__).parents[2]
    installed = package / "data" / "rules" / kind
    return installed if installed.is_dir() else package.parent / "rules" / kind


def files_in(path: Path) -> list[Path]:
    """The files of rules in a folder, by name; a file is itself. Raises OSError where there is no such thing."""
    if path.is_file():
        return [path]
    return sorted(each for each in path.iterdir() if each.suffix in SUFFIXES and not each.name.startswith("."))


def text_of(file: Path) -> str | Mistake:
    """What is in a file, or why it is none that can be read as rules. Raises OSError."""
    with file.open("rb") as opened:
        content = opened.read(FILE_BYTES + 1)
    if len(content) > FILE_BYTES:
        return Mistake(str(file), 1, f"the file has more than {FILE_BYTES} bytes; split it")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return Mistake(str(file), line, "this is no UTF-8 text; save the file as such")


def unreadable(error: OSError, path: Path) -> Mistake:
    """The mistake that a file or folder cannot be read."""
    return Mistake(str(error.filename or path), 1, f"{error.strerror}; make it readable, or leave it out")
