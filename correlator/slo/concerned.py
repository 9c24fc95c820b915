"""Which objectives an incident may have burnt: those whose filters its failing systems, services and workflows pass.

Told by names, not by events: an incident of the bridge concerns every objective over the bridge, whichever operation failed.
"""

from collections.abc import Collection, Mapping
from typing import Final

from correlator.model.objective import Objective, RecordSource
from correlator.rule_text.glob import Glob

_RUNS_WORKFLOWS: Final = "n8n"  # the only system with executions


def is_concerned(
    objective: Objective, systems: Collection[str], services: Collection[str], workflows: Collection[str]
) -> bool:
    """Whether failures there may be failures of the objective's. Names in any case; `workflows` by id and by name (`with_ids`).

    Over a Prometheus an objective names only its service; that of an incident, or its system, is compared with it.
    """
    source = objective.source
    if not isinstance(source, RecordSource):
        return _any(objective.service, {*systems, *services})
    if source.events == "executions" and not workflows and not _any(_RUNS_WORKFLOWS, systems):
        return False
    pairs = ((source.system, systems), (source.service, services), (source.workflow, workflows))
    return all(_any(wanted, given) for wanted, given in pairs)


def with_ids(workflows: Collection[str], names: Mapping[str, str]) -> frozenset[str]:
    """Workflows as incidents name them, with the ids of all that are so called. `names` is id to name."""
    return frozenset({*workflows, *(each for each, name in names.items() if name in workflows)})


def _any(wanted: str, given: Collection[str]) -> bool:
    glob = Glob(wanted)
    return wanted == "*" or any(glob.matches(each) for each in given)
