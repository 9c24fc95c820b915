"""What was not seen and would have made an answer surer, or possible."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from correlator.correlate.operation import operation_of
from correlator.explain.call_tree import CallTree
from correlator.explain.candidates import accused_by
from correlator.explain.suspect import Suspect
from correlator.model.error_chain import ErrorChain

NAMED: Final = 5
"""Of one sort, so many are named; the rest are counted."""


def missing_signals_of(tree: CallTree, chains: Sequence[ErrorChain], cause: Suspect | None) -> tuple[str, ...]:
    """Each once: of callees that reported nothing, of the cause itself, of the trace's shape, of its logs and clocks."""
    signals = (
        *(signal for chain in chains for signal in _of_callee(tree, chain)),
        *_of_cause(cause),
        *_of_shape(tree),
        *_of_logs(tree, chains),
        *_of_joins(tree),
        *_of_clocks(tree),
    )
    return tuple(dict.fromkeys(signals))


def _of_callee(tree: CallTree, chain: ErrorChain) -> Iterator[str]:
    link = chain.links[-1]
    if chain.unseen_callee is not None:
        yield f"spans or logs of {chain.unseen_callee}, which {link.service_name} {link.operation} called"
    elif accused_by(tree, chain) is None:
        yield f"spans or logs, {_of_this(tree)}, of what {link.service_name} {link.operation} called"


def _of_cause(cause: Suspect | None) -> Iterator[str]:
    if cause is not None and not cause.hearsay and cause.error.is_generic:
        yield f"an exception event or ERROR log of {cause.component} that names the reason of its failure"


def _of_shape(tree: CallTree) -> Iterator[str]:
    trace = tree.trace
    if not trace.spans:
        yield f"spans {_of_this(tree)}"
    heads = [span_id for span_id in trace.roots if span_id in trace.orphans]
    for index, span_id in enumerate(heads[:NAMED]):
        span = tree.span(span_id)
        if span is not None:
            what = (
                "still running, lost, or of a caller that sends no telemetry" if index == 0 else "lost, or not here yet"
            )
            yield f"span {span.parent_span_id}, the parent of {span.service_name} {span.name} ({what})"
    if len(heads) > NAMED:
        yield f"the parents of {len(heads) - NAMED} more spans"


def _of_logs(tree: CallTree, chains: Sequence[ErrorChain]) -> Iterator[str]:
    """n8n sends no logs with a trace id: their absence there tells nothing."""
    services = {link.service_name for chain in chains for link in chain.links if link.system != "n8n"}
    silent = sorted(services - {log.service_name for log in tree.trace.logs})
    if silent:
        yield f"logs of {', '.join(silent[:NAMED])} {_of_this(tree)}"


def _of_joins(tree: CallTree) -> Iterator[str]:
    """Where more than one trace fits, the trace context that would have told which."""
    callers: dict[str, set[str]] = defaultdict(set)
    for edge in tree.trace.possible_edges:
        callers[edge.to_span_id].add(edge.from_trace_id)
    for span_id, trace_ids in islice(sorted(callers.items()), NAMED):
        span = tree.span(span_id)
        what = "a trace that may belong here" if span is None else f"{span.service_name} {operation_of(span)}"
        count = f"{len(trace_ids)} traces fit" if len(trace_ids) > 1 else "another trace fits"
        yield f"the trace context of the call to {what}: {count}"


def _of_this(tree: CallTree) -> str:
    return "with this trace id" if len(tree.trace.trace_ids) < 2 else "with the trace id of one of this story's traces"


def _of_clocks(tree: CallTree) -> Iterator[str]:
    for service_name, nanos in sorted(tree.trace.clock_offset_nano.items()):
        yield (
            f"a correct clock on {service_name}: its times were moved by {nanos / 1e6:.1f} ms, "
            "as its calls started before their callers"
        )
