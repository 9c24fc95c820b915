"""An execution from its parts, in whatever order, however often they are told.

n8n tells an execution by a span of its own, once it is over, or waits, and by one a node, which may come earlier. Where it
waited there are several of the former; where a queue runs it main and worker tell of it both; and n8n's database, read
through its API, corrects what they say. Each part keeps what its sources say; what holds of the execution follows from all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Final

from correlator.model.rows import json_object
from correlator.model.run import Run, RunKey, RunPart, Telling

FAILED: Final = frozenset({"error", "crashed"})
CANCELED: Final = "canceled"
ENDED: Final = {"success": 0, "error": 1, "crashed": 1, CANCELED: 2}
"""n8n's words for an end. Of two that one authority says the higher counts: only a cancel tells a failure from a wish."""
DATABASE: Final = 3
"""Authorities: n8n's database over its own spans; of these a worker's, which has the nodes, over main's; others last."""
WORKER: Final = 2
MAIN: Final = 1
OTHERS: Final = 0


@dataclass(frozen=True, slots=True)
class Node:
    """What a node's span tells: what it gave out, None where unknown, and whether it failed."""

    name: str
    ended_unix_nano: int
    items: int | None
    has_failed: bool


@dataclass(frozen=True, slots=True)
class Execution:
    """What holds of an execution. `told` is what stands of its end, or what was said last while it has none.

    `attributes` are those of all tellings: a source that corrects another need not know all that it said.
    """

    run: Run
    told: Telling
    attributes: Mapping[str, object]

    @property
    def is_canceled(self) -> bool:
        return self.told.status == CANCELED

    @property
    def has_failed(self) -> bool:
        return self.told.status in FAILED


def with_telling(part: RunPart, execution: RunKey, telling: Telling) -> RunPart:
    """The part with one more telling; of two of one authority that stands which weighs more, in any order."""
    others = [each for each in part.tellings if each.authority != telling.authority]
    same = [each for each in part.tellings if each.authority == telling.authority]
    tellings = sorted([*others, max([*same, telling], key=_weight)], key=lambda each: each.authority)
    newest = max(part.newest_unix_nano, telling.ended_unix_nano)
    return replace(part, execution=execution, tellings=tuple(tellings), newest_unix_nano=newest)


def with_node(part: RunPart, node: Node) -> RunPart:
    """The part with one more of its nodes."""
    failed = {*part.failed_nodes, node.name} if node.has_failed else part.failed_nodes
    newest = max(part.newest_unix_nano, node.ended_unix_nano)
    part = replace(part, failed_nodes=tuple(sorted(failed)), newest_unix_nano=newest)
    if node.items is None or (node.ended_unix_nano, node.items) <= _last(part):
        return part
    return replace(part, items=node.items, items_unix_nano=node.ended_unix_nano)


def execution_of(parts: Sequence[RunPart]) -> Execution | None:
    """What holds of the execution that these are all parts of; None while only nodes are known."""
    tellings = [telling for part in parts for telling in part.tellings]
    keys = [part.execution for part in parts if part.execution is not None]
    if not tellings or not keys:
        return None
    ended = [telling for telling in tellings if telling.status in ENDED]
    told = max(ended or tellings, key=_weight)
    last = max(parts, key=_last)
    run = Run(
        *keys[0],
        started_unix_nano=min(telling.started_unix_nano for telling in tellings),
        stopped_unix_nano=told.ended_unix_nano if ended else None,
        is_success=told.status == "success",
        items=last.items,
        failed_nodes=tuple(sorted({name for part in parts for name in part.failed_nodes})),
        mode=told.mode,
        items_unix_nano=last.items_unix_nano,
        service=told.service,
    )
    return Execution(run, told, _attributes(tellings))


def _attributes(tellings: Iterable[Telling]) -> Mapping[str, object]:
    """Of two values of one attribute that stands which weighs more."""
    joined: dict[str, object] = {}
    for telling in sorted(tellings, key=_weight):
        joined |= json_object(telling.attributes)
    return joined


def _last(part: RunPart) -> tuple[int, int]:
    """What stands of two nodes' items: that of the later end, then the greater number."""
    return (-1, -1) if part.items is None or part.items_unix_nano is None else (part.items_unix_nano, part.items)


def _weight(telling: Telling) -> tuple[int, int, int, int, str, tuple[object, ...]]:
    """A total order: whichever comes first, the same stands. Of equal weight, such as an error and a crash, any fixed one does."""
    is_end = ENDED.get(telling.status, -1)
    ended, started = telling.ended_unix_nano, telling.started_unix_nano
    return telling.authority, is_end, ended, -started, telling.attributes, astuple(telling)
