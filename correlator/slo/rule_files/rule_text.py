"""Objectives to the texts of rule files: one file each, and tests beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import yaml

from correlator.model.objective import Objective
from correlator.slo.rule_files.alerts import alert_group
from correlator.slo.rule_files.pyrra import pyrra_group
from correlator.slo.rule_files.recordings import recording_groups
from correlator.slo.rule_files.rule_tests import has_tests, rule_tests
from correlator.slo.rule_files.scope import scope_of

Format = Literal["sloth", "pyrra"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
COMMAND: Final = "correlator rules build"
_HEADER: Final = f"# Written by `{COMMAND}`"
RULES: Final = ".rules.yaml"
TESTS: Final = ".test.yaml"
"""Endings of names. Prometheus must load the first only: `rule_files: [rules/prometheus/slo/*.rules.yaml]`."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """A file to be written."""

    name: str
    text: str


def rule_texts(objectives: Sequence[Objective], rule_format: Format = "sloth") -> Iterator[RuleText]:
    """Files by the objectives' order; the same objectives give the same bytes. `pyrra` adds its generic names to Sloth's."""
    for objective in objectives:
        scope = scope_of(objective)
        alerts = alert_group(objective, scope)
        groups = [*recording_groups(objective, scope), *([alerts] if alerts else [])]
        if rule_format == "pyrra":
            groups.append(pyrra_group(objective, scope))
        name = objective.id + RULES
        yield RuleText(name, _text(objective, {"groups": [group.document() for group in groups]}))
        if has_tests(objective):
            yield RuleText(objective.id + TESTS, _text(objective, rule_tests(objective, scope, groups, name)))


def is_built(first_line: str) -> bool:
    """Whether a file that begins so is one of ours."""
    return first_line.startswith(_HEADER)


def _text(objective: Objective, document: Mapping[str, object]) -> str:
    header = f"{_HEADER} from the objective {objective.id}: change that, and run the command again.\n"
    return header + yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)


class _Dumper(yaml.SafeDumper):
    """Indents lists, repeats rather than refers, and writes queries of several lines as such."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)
