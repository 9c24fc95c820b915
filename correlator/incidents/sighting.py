"""A failing trace, or an ERROR log without one, as incidents count it."""

from collections.abc import Sequence

from correlator.explain.candidates import fingerprint_of
from correlator.explain.loose_logs import chain_of_log
from correlator.explain.trace import explain_trace
from correlator.incidents.blast_radius import blast_radius_of
from correlator.model.error_chain import ErrorChain, ErrorEvent
from correlator.model.finding import Finding
from correlator.model.incident import FailureSighting
from correlator.model.trace import Trace


def sighting_of(
    trace: Trace, chains: Sequence[ErrorChain], finding: Finding, arrival_unix_nano: int
) -> FailureSighting | None:
    """The trace's failure; None where nothing failed.

    A finding that abstains is counted by the best chain's deepest failure: the same unknown cause is one incident.
    No failure is later than its arrival: a sender's clock that runs ahead must not keep an incident open.
    """
    if not chains and not finding.candidates:
        return None
    errors = [link.error for chain in chains for link in chain.links]
    times = [error.time_unix_nano + trace.clock_offset_nano.get(error.service_name, 0) for error in errors]
    times += [log.time_unix_nano for log in trace.logs if log.is_error and not times]
    radius = blast_radius_of(trace, chains, finding)
    return FailureSighting(
        trace_id=trace.trace_id,
        time_unix_nano=min([*times, arrival_unix_nano]),
        finding=finding,
        services=radius.services,
        systems=radius.systems,
        workflows=radius.workflows,
        cause_fingerprint=_cause(chains, finding),
    )


def sighting_of_log(event: ErrorEvent, arrival_unix_nano: int) -> FailureSighting:
    """An ERROR log without a trace id. Its cause is its own error group; its trace id is empty."""
    chain = chain_of_log(event)
    return FailureSighting(
        trace_id="",
        time_unix_nano=min(event.time_unix_nano, arrival_unix_nano),
        finding=explain_trace(Trace("", ()), [chain]),
        services=(event.service_name,),
        systems=(event.system,),
        workflows=(),
        cause_fingerprint=fingerprint_of(chain.links[0]),
    )


def _cause(chains: Sequence[ErrorChain], finding: Finding) -> str:
    if finding.candidates:
        return finding.candidates[0].fingerprint
    return fingerprint_of(chains[0].links[chains[0].cause])
