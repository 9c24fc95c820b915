"""The Dockerfile, read by stage."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from dockerfile_parse import DockerfileParser

from tests.e2e.compose_file import ROOT

DOCKERFILE: Final = ROOT / "Dockerfile"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `name` in capitals, `value` on one line."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Stage:
    """What one FROM begins; `base` is an image or another stage."""

    name: str
    base: str
    instructions: tuple[Instruction, ...]

    def values(self, name: str) -> list[str]:
        return [each.value for each in self.instructions if each.name == name]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """All stages by name, and the arguments before the first."""

    stages: dict[str, Stage]
    arguments: dict[str, str]

    def lineage(self, stage: str) -> Iterator[Stage]:
        """A stage, and those that it is built on."""
        while stage in self.stages:
            yield self.stages[stage]
            stage = self.stages[stage].base

    def last(self, stage: str, name: str) -> str:
        """The instruction in force at the end of a stage; empty where there is none."""
        return next((each.values(name)[-1] for each in self.lineage(stage) if each.values(name)), "")

    def environment(self, stage: str) -> dict[str, str]:
        """The variables that a container of this stage has."""
        pairs = [
            pair
            for each in reversed(list(self.lineage(stage)))
            for value in each.values("ENV")
            for pair in shlex.split(value)
        ]
        return dict(pair.split("=", 1) for pair in pairs)


def read_dockerfile(file: Path = DOCKERFILE) -> Dockerfile:
    """The file, as dockerfile-parse takes it apart."""
    stages: dict[str, Stage] = {}
    arguments: dict[str, str] = {}
    for instruction in _instructions(file):
        if instruction.name == "FROM":
            base, _, name = instruction.value.partition(" AS ")
            current = name
            stages[name] = Stage(name, base, ())
        elif not stages:
            arguments |= dict([instruction.value.split("=", 1)]) if instruction.name == "ARG" else {}
        else:
            before = stages[current]
            stages[current] = Stage(before.name, before.base, (*before.instructions, instruction))
    return Dockerfile(stages, arguments)


def _instructions(file: Path) -> Iterator[Instruction]:
    parser = DockerfileParser(fileobj=BytesIO(file.read_bytes()))
    for each in parser.structure:
        if each["instruction"] != "COMMENT":
            yield Instruction(each["instruction"], each["value"])
