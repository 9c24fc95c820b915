"""Spans of a window, and the joins between their traces -> how often context arrived on each hop."""

from collections import Counter
from collections.abc import Iterable, Sequence

from correlator.correlate.propagation.advice import Sightings, advice_for
from correlator.correlate.propagation.calls import Call, calls_of
from correlator.correlate.propagation.seen_spans import SeenSpans
from correlator.model.propagation import HOPS, HopCoverage
from correlator.model.span import Span
from correlator.model.trace import Edge


def hops_of(spans: Sequence[Span], edges: Iterable[Edge] = ()) -> tuple[HopCoverage, ...]:
    """Each of HOPS, also those without a call. Linear in the number of spans; their order is irrelevant.

    `edges` are the stitcher's; those within one trace say nothing here.
    """
    seen = SeenSpans(spans, edges)
    calls = calls_of(seen)
    sightings = Sightings(seen, calls)
    return tuple(_coverage(hop, [call for call in calls if call.hop == hop], sightings) for hop in HOPS)


def _coverage(hop: str, calls: Sequence[Call], sightings: Sightings) -> HopCoverage:
    methods = Counter(call.method for call in calls if not call.arrived and call.method)
    return HopCoverage(
        hop=hop,
        calls=len(calls),
        arrived=sum(call.arrived for call in calls),
        joined_by=dict(sorted(methods.items())),
        advice=tuple(advice_for(hop, sightings)),
    )
