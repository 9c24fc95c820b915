"""Who is hit by a failing trace: services, systems and n8n workflows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from correlator import semconv
from correlator.explain.call_tree import CallTree
from correlator.model.error_chain import ErrorChain
from correlator.model.finding import Finding
from correlator.model.span import Span
from correlator.model.trace import Trace


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """Names, each once, sorted."""

    services: tuple[str, ...]
    systems: tuple[str, ...]
    workflows: tuple[str, ...]


def blast_radius_of(trace: Trace, chains: Sequence[ErrorChain], finding: Finding) -> BlastRadius:
    """What failed in the trace, the cause included, and every workflow in which it did, also one that went on.

    Error workflows do not count: they run because something failed.
    """
    links = [link for each in chains if each.effect != "reaction" for link in each.links]
    causes = finding.candidates[:1]
    tree = CallTree(trace)
    return BlastRadius(
        services=_names([*(link.service_name for link in links), *(each.component for each in causes)]),
        systems=_names([*(link.system for link in links), *(each.system for each in causes)]),
        workflows=_names(_workflows(tree, (link.span_id for link in links))),
    )


def _workflows(tree: CallTree, span_ids: Iterable[str]) -> Iterator[str]:
    """The workflows among these spans and their callers, each span looked at once: a trace may be thousands deep."""
    seen: set[str] = set()
    for span_id in span_ids:
        span = tree.span(span_id)
        for each in chain((span,) if span is not None else (), tree.callers_of(span_id)):
            if each.span_id in seen:
                break
            seen.add(each.span_id)
            if name := _workflow_name(each):
                yield name


def _workflow_name(span: Span) -> str | None:
    if span.name != semconv.N8N_WORKFLOW_SPAN:
        return None
    name = span.attributes.get(semconv.N8N_WORKFLOW_NAME) or span.attributes.get(semconv.N8N_WORKFLOW_ID)
    return None if name is None else str(name)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
