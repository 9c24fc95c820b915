"""How failures by one cause become incidents: opened at a threshold, grown, resolved after quiet, opened again.

Times are those of the failures. A failure belongs to the incident that was open when it happened, however late it is seen;
one shortly before an incident opened (less than `quiet_s`) widens that incident. Any other waits until `threshold` of them
lie within `window_s`, and then they open an incident, linked to the cause's previous one. An incident without a failure for
`quiet_s` is resolved as of the end of that quiet, and stays so: a failure after that is a new incident's.

A story counts once, whichever of its traces it is counted by: not when one of them is among the samples of an incident of this
cause or waits already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from correlator.correlate.fingerprint import short_type
from correlator.explain.incident import explain_incident, patterns_in, with_share
from correlator.incidents.severity import severity_of, worst_of
from correlator.model.finding import Finding
from correlator.model.incident import FailureSighting, Incident

OPEN: Final = "open"
RESOLVED: Final = "resolved"


@dataclass(frozen=True, slots=True)
class Rules:
    """When failures are an incident, and when it is over."""

    threshold: int  # failing traces by one cause ...
    window_s: float  # ... within so long open an incident
    quiet_s: float  # without a failure for so long it is resolved
    max_samples: int = 20  # trace ids kept with an incident, the newest

    @property
    def window_nano(self) -> int:
        return int(self.window_s * 1e9)

    @property
    def quiet_nano(self) -> int:
        return int(self.quiet_s * 1e9)


@dataclass(frozen=True, slots=True)
class CauseHistory:
    """All that is known of one cause: its incidents by ordinal, and the failures that opened none yet, by time."""

    cause_fingerprint: str
    incidents: tuple[Incident, ...] = ()
    pending: tuple[FailureSighting, ...] = ()


def advance(
    history: CauseHistory, sightings: Iterable[FailureSighting], now_unix_nano: int, rules: Rules
) -> CauseHistory:
    """The history after these failures, and after the quiet until `now_unix_nano`. The order of `sightings` is irrelevant."""
    story = _Story(history, rules)
    for sighting in sorted([*history.pending, *_unknown(history, sightings)], key=_by_time):
        story.tell(sighting)
    return story.history(now_unix_nano)


def revise(incident: Incident, sighting: FailureSighting) -> Incident:
    """The incident after a story of one of its sampled traces was explained anew, since more of it had arrived.

    The story stays counted where it was counted first, and the key stays. The same cause may be told better, and more be
    known to be hit. A different cause takes the place of the old one when it is surer, with its share of one story: what
    fails by it from now on counts under its own key, and this incident will go quiet.
    """
    finding = sighting.finding
    if finding.candidates and finding.candidates[0].fingerprint == incident.cause_fingerprint:
        root_cause = explain_incident([incident.root_cause, finding], failures=incident.failures)
    elif _confidence(finding) > _confidence(incident.root_cause):
        root_cause = with_share(finding, 1, incident.failures)
    else:
        return incident
    patterns = patterns_in([incident.root_cause, finding])
    root_cause = replace(root_cause, trace_ids=incident.root_cause.trace_ids, patterns=patterns)
    return _hit(replace(incident, root_cause=root_cause, title=title_of(root_cause)), [sighting])


def title_of(finding: Finding) -> str:
    """The cause in a few words; where it is not known, the summary that says why."""
    if not finding.candidates:
        return finding.summary
    cause = finding.candidates[0]
    return f"{cause.component} {cause.operation}: {short_type(cause.error_type) or cause.kind}"


class _Story:
    """Tells failures in the order of their times; incidents grow only when all is told."""

    def __init__(self, history: CauseHistory, rules: Rules) -> None:
        self._rules = rules
        self._cause_fingerprint = history.cause_fingerprint
        self._incidents = list(history.incidents)
        self._joined: list[list[FailureSighting]] = [[] for _ in history.incidents]
        self._pending: list[FailureSighting] = []

    def tell(self, sighting: FailureSighting) -> None:
        self._resolve_until(sighting.time_unix_nano)
        home = self._home_of(sighting.time_unix_nano)
        if home is not None:
            self._join(home, sighting)
            return
        oldest = sighting.time_unix_nano - self._rules.window_nano
        self._pending = [*(each for each in self._pending if each.time_unix_nano > oldest), sighting]
        if len(self._pending) >= self._rules.threshold:
            self._open()

    def history(self, now_unix_nano: int) -> CauseHistory:
        self._resolve_until(now_unix_nano)
        grown = (
            _grown(incident, joined, self._rules.max_samples) if joined else incident
            for incident, joined in zip(self._incidents, self._joined, strict=True)
        )
        return CauseHistory(self._cause_fingerprint, tuple(grown), tuple(self._pending))

    def _home_of(self, time_unix_nano: int) -> int | None:
        """The incident that was open then; else the first one that opened within quiet_s after."""
        quiet = self._rules.quiet_nano
        for index, incident in enumerate(self._incidents):
            if incident.opened_at_unix_nano - quiet < time_unix_nano < self._end_of(incident):
                return index
        return None

    def _end_of(self, incident: Incident) -> int:
        if incident.resolved_at_unix_nano is not None:
            return incident.resolved_at_unix_nano
        return incident.last_seen_unix_nano + self._rules.quiet_nano

    def _join(self, index: int, sighting: FailureSighting) -> None:
        incident, time_unix_nano = self._incidents[index], sighting.time_unix_nano
        self._joined[index].append(sighting)
        self._incidents[index] = replace(
            incident,
            opened_at_unix_nano=min(incident.opened_at_unix_nano, time_unix_nano),
            last_seen_unix_nano=max(incident.last_seen_unix_nano, time_unix_nano),
        )

    def _open(self) -> None:
        previous = self._incidents[-1] if self._incidents else None
        ordinal = 1 if previous is None else int(previous.key.rpartition("-")[2]) + 1
        incident = _empty(f"{self._cause_fingerprint}-{ordinal}", self._cause_fingerprint, self._pending[0])
        self._incidents.append(replace(incident, previous=previous.key if previous is not None else None))
        self._joined.append([])
        for sighting in self._pending:
            self._join(len(self._incidents) - 1, sighting)
        self._pending = []

    def _resolve_until(self, time_unix_nano: int) -> None:
        for index, incident in enumerate(self._incidents):
            end = self._end_of(incident)
            if incident.state == OPEN and end <= time_unix_nano:
                self._incidents[index] = replace(incident, state=RESOLVED, resolved_at_unix_nano=end)


def _unknown(history: CauseHistory, sightings: Iterable[FailureSighting]) -> list[FailureSighting]:
    """The failures not counted yet, each story once, its first failure; logs without a trace all count."""
    known = {trace_id for incident in history.incidents for trace_id in incident.trace_ids}
    known |= {trace_id for each in history.pending for trace_id in each.trace_ids}
    unknown: list[FailureSighting] = []
    for sighting in sorted(sightings, key=_by_time):
        if known.isdisjoint(sighting.trace_ids):
            unknown.append(sighting)
            known |= sighting.trace_ids
    return unknown


def _by_time(sighting: FailureSighting) -> tuple[int, str, str]:
    return sighting.time_unix_nano, sighting.trace_id, sighting.finding.summary


def _empty(key: str, cause_fingerprint: str, first: FailureSighting) -> Incident:
    """An incident that nothing has been counted into yet."""
    return Incident(
        key=key,
        cause_fingerprint=cause_fingerprint,
        state=OPEN,
        severity="info",
        title="",
        opened_at_unix_nano=first.time_unix_nano,
        last_seen_unix_nano=first.time_unix_nano,
        resolved_at_unix_nano=None,
        failures=0,
        services=(),
        systems=(),
        workflows=(),
        trace_ids=(),
        root_cause=first.finding,
    )


def _grown(incident: Incident, joined: Sequence[FailureSighting], max_samples: int) -> Incident:
    """The incident with these failures counted, in the order of their times."""
    failures = incident.failures + len(joined)
    known = [incident.root_cause] if incident.failures else []
    root_cause = explain_incident([*known, *(each.finding for each in joined)], failures=failures)
    newest = [each.trace_id for each in reversed(joined) if each.trace_id]
    grown = replace(
        incident,
        title=title_of(root_cause),
        failures=failures,
        trace_ids=tuple(dict.fromkeys([*newest, *incident.trace_ids]))[:max_samples],
        root_cause=root_cause,
        counted_by_signature=incident.counted_by_signature + sum(each.by_signature for each in joined),
    )
    return _hit(grown, joined)


def _hit(incident: Incident, sightings: Sequence[FailureSighting]) -> Incident:
    """The incident with all that these failures hit, and the severity that this makes."""
    services = _united(incident.services, (each.services for each in sightings))
    workflows = _united(incident.workflows, (each.workflows for each in sightings))
    severity = severity_of(incident.failures, services, workflows, has_traces=bool(incident.trace_ids))
    return replace(
        incident,
        severity=worst_of(severity, incident.root_cause.patterns),
        services=services,
        systems=_united(incident.systems, (each.systems for each in sightings)),
        workflows=workflows,
    )


def _united(names: Iterable[str], more: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({*names, *(name for each in more for name in each)}))


def _confidence(finding: Finding) -> float:
    return finding.candidates[0].confidence if finding.candidates else 0.0
