"""OpenSLO files to objectives. Documents may name each other across files; each mistake stands in the file where it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from correlator.rule_text.mistake import Mistake, Written, duplicates
from correlator.rule_text.yaml_fields import documents
from correlator.slo.openslo.header import SLO, Header, header_of
from correlator.slo.openslo.parts import Part, Parts
from correlator.slo.openslo.slo import SloReader, WrittenObjective


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file's text, and what messages call the file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """What files hold. Objectives with a mistake are left out."""

    objectives: tuple[WrittenObjective, ...]
    mistakes: tuple[Mistake, ...]


def read_objectives(files: Sequence[RuleFile], retention_s: int | None = None) -> Document:
    """The objectives of these files and every mistake in them, by file and line.

    `retention_s` is how long records are kept; None is for ever.
    """
    mistakes: list[Mistake] = []
    headers = [header for file in files for header in _headers(file, mistakes)]
    parts = _parts(headers)
    objectives: list[WrittenObjective] = []
    for header in headers:
        written = list(SloReader(header, parts).read(retention_s)) if header.kind == SLO else []
        objectives += written if not header.mistakes else []
        mistakes += header.mistakes
    mistakes += duplicates(
        Written(f"{each.kind} {each.name}", each.file, each.line) for each in headers if each.kind != SLO
    )
    mistakes += duplicates(Written(each.objective.id, each.file, each.line) for each in objectives)
    return Document(tuple(objectives), tuple(_ordered(mistakes, files)))


def _headers(file: RuleFile, mistakes: list[Mistake]) -> Iterator[Header]:
    """Of the documents that have one; what is wrong with the others is noted."""
    nodes = documents(file.text, file.name, mistakes)
    if not nodes and all(each.file != file.name for each in mistakes):
        mistakes.append(Mistake(file.name, 1, "no objective is in this file; write one, or delete it"))
    for node in nodes:
        of_document: list[Mistake] = []
        header = header_of(node, file.name, of_document)
        if header is None:
            mistakes += of_document
        else:
            yield header


def _ordered(mistakes: list[Mistake], files: Sequence[RuleFile]) -> list[Mistake]:
    """By file as given, then line; what was noted twice, once."""
    place = {file.name: number for number, file in enumerate(files)}
    return sorted(dict.fromkeys(mistakes), key=lambda each: (place[each.file], each.line, each.message))


def _parts(headers: Sequence[Header]) -> Parts:
    by_kind: dict[str, dict[str, Part]] = {}
    for header in headers:
        by_kind.setdefault(header.kind, {}).setdefault(header.name, Part(header.spec, header.file))
    return Parts(by_kind)
