"""Errors that are the same but for their variable parts, counted over all traces, and over logs without one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from sys import intern
from typing import Final

from correlator.correlate.assemble_each import assemble_each
from correlator.correlate.error_events import error_events
from correlator.correlate.fingerprint import cause_fingerprint
from correlator.correlate.log_template import LogTemplates
from correlator.model.error_chain import ErrorEvent
from correlator.model.incident import ErrorGroup
from correlator.model.span import LogRecord, Span
from correlator.model.trace import Trace

SAMPLES: Final = 10
"""Trace ids kept with a group, the newest."""


@dataclass(frozen=True, slots=True)
class SeenError:
    """One error, the fingerprint of its group, and the trace it was seen in; None for a log record without one."""

    trace_id: str | None
    group: str
    event: ErrorEvent


def errors_in(spans: Sequence[Span], logs: Sequence[LogRecord]) -> list[SeenError]:
    """One error for each failing span, its best-told, and for each ERROR log that belongs to none of them.

    The spans and logs may be of many traces, and need not be all of them. By trace id, those without one last.
    """
    return [_seen(trace.trace_id or None, event) for trace in assemble_each(spans, logs) for event in _errors_of(trace)]


def group_fingerprint(event: ErrorEvent) -> str:
    """The group of an error: where it happened and which it was. That of an incident whose cause it is, too."""
    return cause_fingerprint(event.system, event.service_name, event.operation, event.fingerprint)


def grow_groups(
    known: Mapping[str, ErrorGroup], errors: Iterable[SeenError], templates: LogTemplates
) -> dict[str, ErrorGroup]:
    """The groups that these errors belong to, with their new totals, by fingerprint. `templates` learns their messages."""
    grown: dict[str, ErrorGroup] = {}
    for error in sorted(errors, key=lambda each: (each.event.time_unix_nano, each.trace_id or "")):
        group = grown.get(error.group) or known.get(error.group) or _empty(error.group, error.event)
        grown[error.group] = _with(group, error, templates.template_of(error.event.message))
    return grown


def _seen(trace_id: str | None, event: ErrorEvent) -> SeenError:
    return SeenError(trace_id, intern(group_fingerprint(event)), event)


def _errors_of(trace: Trace) -> Iterable[ErrorEvent]:
    """The first error of each span is its best-told: error_events has them in that order."""
    told: set[str] = set()
    for event in error_events(trace):
        if event.span_id is None or event.span_id not in told:
            yield event
        told |= {event.span_id or ""}


def _empty(fingerprint: str, event: ErrorEvent) -> ErrorGroup:
    return ErrorGroup(
        fingerprint=fingerprint,
        service_name=event.service_name,
        system=event.system,
        operation=event.operation,
        error_type=event.error_type,
        template="",
        count=0,
        first_seen_unix_nano=event.time_unix_nano,
        last_seen_unix_nano=event.time_unix_nano,
    )


def _with(group: ErrorGroup, error: SeenError, template: str) -> ErrorGroup:
    trace_ids = dict.fromkeys([*([error.trace_id] if error.trace_id else []), *group.trace_ids])
    return replace(
        group,
        template=template,
        count=group.count + 1,
        first_seen_unix_nano=min(group.first_seen_unix_nano, error.event.time_unix_nano),
        last_seen_unix_nano=max(group.last_seen_unix_nano, error.event.time_unix_nano),
        trace_ids=tuple(trace_ids)[:SAMPLES],
    )
