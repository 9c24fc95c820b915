"""Puts the services of one trace on one clock, where the trace proves that their clocks disagree.

No callee can start before it is called. Where *every* call into a service seems to do so, its clock is behind its callers':
it is shifted by the smallest amount after which none does. Where only some do, the clocks are not to blame, and nothing
is shifted. Ends prove nothing: about one in five healthy cross-service children outlives its parent (asynchronous work),
so nesting is never assumed. Callers are corrected before their callees; the first root's service is the reference.
"""

from collections.abc import Mapping, Sequence

from correlator.model.marks import Mark
from correlator.model.span import Span

_UNTIMED = Mark.TIME_OUT_OF_RANGE | Mark.NO_TIME


def clock_offsets(spans: Sequence[Span], parents: Mapping[str, str]) -> dict[str, int]:
    """Nanoseconds to add to the times of each service that is behind; services in agreement are left out.

    `spans` callers before callees; `parents` maps a span id to its parent's, both in `spans`. Always positive.
    """
    by_id = {span.span_id: span for span in spans}
    reference = spans[0].service_name if spans else ""
    offsets: dict[str, int] = {}
    for service_name, calls in _calls_into_services(spans, parents, by_id).items():
        late_by = [
            caller.start_time_unix_nano + offsets.get(caller.service_name, 0) - callee.start_time_unix_nano
            for caller, callee in calls
        ]
        if service_name != reference and min(late_by) > 0:
            offsets[service_name] = max(late_by)
    return offsets


def _calls_into_services(
    spans: Sequence[Span], parents: Mapping[str, str], by_id: Mapping[str, Span]
) -> dict[str, list[tuple[Span, Span]]]:
    """(caller, callee) of the calls that cross a border into each service, services in order of first appearance."""
    calls: dict[str, list[tuple[Span, Span]]] = {}
    for callee in spans:
        caller = by_id.get(parents.get(callee.span_id, ""))
        if caller is None or caller.service_name == callee.service_name or (caller.marks | callee.marks) & _UNTIMED:
            continue
        calls.setdefault(callee.service_name, []).append((caller, callee))
    return calls
