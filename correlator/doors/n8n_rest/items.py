"""The items of a node's run, in n8n's run data: what it gave on, and what the nodes before gave to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from correlator.doors.n8n_rest.shapes import elements, mapping

Item = Mapping[str, Any]


def output_items(run: Mapping[str, Any], output: int | None = None) -> Iterator[Item]:
    """Items of one output of a run, or of all."""
    outputs = elements(mapping(run.get("data")).get("main"))
    chosen = outputs if output is None else outputs[output : output + 1]
    return (item for items in chosen for item in elements(items) if isinstance(item, Mapping))


def input_items(run: Mapping[str, Any], run_data: Mapping[str, Any]) -> Iterator[Item]:
    """Items that the nodes before gave to this run; none for a trigger."""
    return (item for source in elements(run.get("source")) for item in _items_from(mapping(source), run_data))


def is_recovered(run: Mapping[str, Any]) -> bool:
    """Whether n8n made this run up after a crash: its items are not what the node gave."""
    if run.get("executionStatus") == "crashed":
        return True
    return any(mapping(item.get("json")).get("isArtificialRecoveredEventItem") for item in output_items(run))


def _items_from(source: Mapping[str, Any], run_data: Mapping[str, Any]) -> Iterator[Item]:
    runs = elements(run_data.get(str(source.get("previousNode"))))
    index, output = (source.get(key) or 0 for key in ("previousNodeRun", "previousNodeOutput"))
    if not isinstance(index, int) or not isinstance(output, int) or min(index, output) < 0:
        return
    for run in runs[index : index + 1]:
        yield from output_items(mapping(run), output)
