"""Rule: a span that links to a span of another trace is of its story.

What the link leads to is the caller; where that span is not here, the head of its trace. A span that links to many traces takes a batch: its work is of no one story, and the
links are shown as possible. Where a trace that several link to is not here, the first to start stands in for it.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from correlator.correlate.stitch.claims import Claim
from correlator.correlate.stitch.facts import Facts, Place
from correlator.correlate.stitch.scene import Scene
from correlator.model.trace import SPAN_LINK

BATCH_TRACES: Final = 4
"""A job links to its producer and its first attempt, a resumed execution to its first part: two traces at most, and room
for a sender that also links to what started it."""


def span_link_claims(scene: Scene) -> Iterator[Claim]:
    """One for each link; one for all links of a batch."""
    for span in filter(_links_out, scene.linking):
        linked = _linked(scene, span)
        if len({place.trace_id for place in linked}) >= BATCH_TRACES:
            yield Claim(SPAN_LINK, span.place, linked)
        else:
            for place in linked:
                yield Claim(SPAN_LINK, span.place, (place,))


def span_link_siblings(scene: Scene) -> Iterator[Claim]:
    """Spans that link to one trace that is not here: the later is joined to the first."""
    linking: dict[str, list[Facts]] = defaultdict(list)
    for span in filter(_links_out, scene.linking):
        others = {link.trace_id for link in span.links} - {span.trace_id}
        for trace_id in sorted(others - scene.traces) if len(others) < BATCH_TRACES else ():
            linking[trace_id].append(span)
    for first, *later in linking.values():
        yield from (Claim(SPAN_LINK, it.place, (first.place,)) for it in later if it.trace_id != first.trace_id)


def _linked(scene: Scene, span: Facts) -> list[Place]:
    """What it links to in other traces that are here, in the order of ids."""
    places = {Place(link.trace_id, link.span_id) for link in span.links if link.trace_id != span.trace_id}
    here = (it for it in places if it.trace_id in scene.traces)
    return sorted({it if scene.span(it) else scene.head_of_trace(it.trace_id) for it in here})


def _links_out(span: Facts) -> bool:
    return any(link.trace_id != span.trace_id for link in span.links)
