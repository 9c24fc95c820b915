"""Runs one function on every item of a job, so that one bad item does not cost its neighbours."""

from collections.abc import Callable, Sequence
from typing import Any

from correlator.demo.items import NodeItem, PairedItem, write_items
from correlator.demo.jobs.job import ErrorCause
from correlator.errors import CorrelatorError
from correlator.telemetry import get_logger

log = get_logger("worker")


class ItemRefused(CorrelatorError):
    """An item that cannot be done, now or later; its neighbours may."""


def do_each(items: Sequence[NodeItem], do: Callable[[NodeItem], dict[str, Any]]) -> dict[str, Any]:
    """`{"items": […], "failed": [{"item", "type", "message"}]}`. Where no item succeeds, raises what the first one raised.

    Only ItemRefused is the item's own; any other exception is of the job, and goes on.
    """
    done: list[NodeItem] = []
    refused: dict[int, ItemRefused] = {}
    for index, item in enumerate(items):
        try:
            done.append(NodeItem(do(item), paired=(PairedItem(index),)))
        except ItemRefused as error:
            refused[index] = error
    if refused and not done:
        raise next(iter(refused.values()))
    for index, refusal in refused.items():
        log.error("item_failed", item=index, items=len(items), exc_info=refusal)
    failures = [{"item": index, **_as_json(refusal)} for index, refusal in refused.items()]
    return {"items": write_items(done), "failed": failures}


def _as_json(error: ItemRefused) -> dict[str, str]:
    cause = ErrorCause.of(error)
    return {"type": cause.type, "message": cause.message}
