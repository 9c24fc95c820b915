"""Which series are an objective's, and the labels that its rules add to what they record."""

import re
from dataclasses import dataclass
from typing import Final

from correlator.model.objective import Objective, RecordSource
from correlator.slo.rule_files.names import IDENTITY, OBJECTIVE, SHORT_WINDOW, SLOTH_ID, SLOTH_SERVICE, SLOTH_SLO

BY_IDENTITY: Final = f"({', '.join(IDENTITY)})"
_RESERVED: Final = ("alertname", "alertstate", "severity", "system", OBJECTIVE, SHORT_WINDOW)
_RESERVED_BEGINNINGS: Final = ("sloth_", "__")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class Scope:
    """`matchers` find the objective's series, those of every workflow where it is one for each; `labels` are put on all."""

    matchers: str
    labels: dict[str, str]
    is_per_workflow: bool

    def series(self, name: str, *matchers: str) -> str:
        """A selector of the objective's series of that name."""
        return f"{name}{{{', '.join((self.matchers, *matchers))}}}"


def scope_of(objective: Objective) -> Scope:
    """Sloth's three labels; of one objective for each workflow they come with the counters, and the objective's id is put on."""
    source = objective.source
    own = _own_labels(objective)
    if isinstance(source, RecordSource) and source.per_workflow:
        return Scope(f'{OBJECTIVE}="{objective.id}"', {**own, OBJECTIVE: objective.id}, True)
    identity = {SLOTH_ID: objective.id, SLOTH_SERVICE: objective.service, SLOTH_SLO: objective.name}
    matchers = ", ".join(f'{label}="{value}"' for label, value in identity.items())
    return Scope(matchers, {**own, **identity}, False)


def _own_labels(objective: Objective) -> dict[str, str]:
    """The author's, under names that Prometheus allows and that mean nothing else here."""
    return {_label(key): value for key, value in sorted(objective.labels)}


def _label(key: str) -> str:
    label = _NOT_IN_NAMES.sub("_", key)
    is_reserved = label in _RESERVED or label.startswith(_RESERVED_BEGINNINGS)
    return f"label_{label}" if is_reserved or label[0].isdigit() else label
