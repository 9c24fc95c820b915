"""ERROR logs that belong to no span: each error they tell of is a chain of one link."""

from collections.abc import Iterable

from correlator.model.error_chain import ErrorChain, ErrorEvent, ErrorLink


def loose_log_chains(events: Iterable[ErrorEvent]) -> list[ErrorChain]:
    """The first event of each service and fingerprint as a chain, earliest first, ties by name.

    Only for traces in which no span failed: where spans fail, a log that belongs to none of them says too little.
    """
    first: dict[tuple[str, str], ErrorEvent] = {}
    for event in sorted(events, key=_by_time):
        first.setdefault((event.service_name, event.fingerprint), event)
    return [chain_of_log(event) for event in first.values()]


def chain_of_log(event: ErrorEvent) -> ErrorChain:
    """A chain whose only link is an ERROR log without a span; the link's span id is empty."""
    link = ErrorLink("", event.service_name, event.system, event.operation, event, is_echo=False)
    return ErrorChain((link,), cause=0)


def _by_time(event: ErrorEvent) -> tuple[int, str, str]:
    return event.time_unix_nano, event.service_name, event.fingerprint
