"""Executions whose process died: told by log records alone, for the process took its spans along.

n8n finds out when it starts again, or when another worker gives up a job that stalled. Nodes that had ended by then have
sent their spans, and say that all was well; the workflow's span, which would say that it failed, often never comes.
"""

from collections.abc import Iterable

from correlator.correlate.crash import tells_of_crash
from correlator.explain.loose_logs import chain_of_log
from correlator.model.error_chain import ErrorChain, ErrorEvent


def crash_chains(errors: Iterable[ErrorEvent], chains: Iterable[ErrorChain]) -> list[ErrorChain]:
    """One chain, of the first crash told by a log that belongs to no span; none where a span's failure tells of it.

    Its effect is `failed`: whatever was handled before, the execution ended by this.
    """
    if any(chain.effect == "failed" and any(tells_of_crash(link.error) for link in chain.links) for chain in chains):
        return []
    crashes = [error for error in errors if error.span_id is None and tells_of_crash(error)]
    return [chain_of_log(min(crashes, key=_best_told_first))] if crashes else []


def _best_told_first(error: ErrorEvent) -> tuple[bool, int, str, str]:
    return not error.message, error.time_unix_nano, error.service_name, error.fingerprint
