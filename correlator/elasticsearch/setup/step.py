"""One thing of a cluster, and a plan of them."""

from dataclasses import dataclass
from typing import Final, Literal

from correlator.elasticsearch.templates import Template

State = Literal["current", "missing", "changed", "refused"]
DATASET_REMEDY: Final = "set elasticsearch.dataset to a name of your own"
PREFIX_REMEDY: Final = "set elasticsearch.prefix to a name of your own"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing of a cluster. `detail` says what would be done, or why not; empty where it is current."""

    kind: Literal["component template", "index template", "data stream", "index"]
    name: str
    state: State
    detail: str = ""
    template: Template | None = None  # that is put, or whose mapping is
    is_outdated: bool = False  # of a data stream: its fields are of an older version


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are taken."""

    steps: tuple[Step, ...]
    retention: str  # as Elasticsearch writes a duration

    @property
    def refused(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.state == "refused")

    @property
    def due(self) -> tuple[Step, ...]:
        """What `apply` would do."""
        return tuple(step for step in self.steps if step.state in ("missing", "changed"))
