"""Write objectives as rules of Prometheus, all of them or, where one has a mistake, none."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from correlator.pipeline.rules.files import files_in
from correlator.pipeline.rules.objective_files import holds_objectives, read_objective_files
from correlator.rule_text.mistake import Mistake
from correlator.slo.rule_files import Format, is_built, rule_texts


@dataclass(frozen=True, slots=True)
class BuiltRules:
    """What was written. `leftovers` are there from another time, of objectives that were not among these."""

    objectives: int
    written: tuple[Path, ...]
    leftovers: tuple[Path, ...]
    mistakes: tuple[Mistake, ...]


def build_rules(paths: Iterable[Path], out: Path, rule_format: Format, retention_s: int | None) -> BuiltRules:
    """The objectives in these files and folders to files in the folder `out`; patterns are passed over. Raises OSError."""
    document = read_objective_files(_objective_files(paths), retention_s)
    if document.mistakes or not document.objectives:
        return BuiltRules(len(document.objectives), (), (), document.mistakes)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for each in rule_texts([each.objective for each in document.objectives], rule_format):
        written.append(out / each.name)
        _replace(out / each.name, each.text)
    leftovers = (file for file in files_in(out) if file not in written and _is_built(file))
    return BuiltRules(len(document.objectives), tuple(written), tuple(leftovers), ())


def _objective_files(paths: Iterable[Path]) -> Iterator[Path]:
    """A file that is named by itself is meant to hold objectives, whatever it says."""
    for path in paths:
        yield from (file for file in files_in(path) if path.is_file() or holds_objectives(file))


def _replace(file: Path, text: str) -> None:
    """At once: a Prometheus that reloads reads the old or the new."""
    beside = file.with_name(f".{file.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _is_built(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as opened:
        return is_built(opened.readline(1_000))
