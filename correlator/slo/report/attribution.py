"""Which incident burnt how much of the budget. By time: no event is asked which incident it was part of.

What failed in a minute belongs to the incidents that were on in it, from their first failure until they were resolved; where
several were, to each as it failed more or less often a minute over its whole span. What failed while none was on is explained
by none. So the parts add up to all that was burnt, and no failure is counted twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from correlator.model.incident import Incident
from correlator.model.objective import Objective
from correlator.slo.minute_series import MINUTE_NANO, Floats, MinuteSeries
from correlator.slo.report.gaps import Run
from correlator.slo.windows import MINUTE_S

LISTED: Final = 50
"""Incidents that are told one by one; nobody reads more, and the rest has a line of its own."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of what was burnt: bad events, and these as a share of all that were bad in the range (None without any) and of
    what the whole period may have (None without events)."""

    bad_events: float
    of_burnt: float | None
    of_period_budget: float | None


@dataclass(frozen=True, slots=True)
class IncidentShare:
    """One incident and what it burnt within the range. `failures` are all of its own; `duration_s` is first to last of them."""

    key: str
    title: str
    cause: str
    severity: str
    state: str
    opened_at_unix_nano: int
    last_seen_unix_nano: int
    resolved_at_unix_nano: int | None
    duration_s: float
    failures: int
    burnt: Share


@dataclass(frozen=True, slots=True)
class Attribution:
    """All that was burnt: by `incidents`, the worst first; by so many `further_incidents`; and by what no incident explains."""

    burnt: Share
    incidents: tuple[IncidentShare, ...]
    further_incidents: int
    further: Share
    unexplained: Share


def attribute(
    series: MinuteSeries,
    objective: Objective,
    incidents: Iterable[Incident],
    first_minute: int,
    end_minute: int,
    allowed_failures: float,
) -> Attribution:
    """What was bad in [first, end) of a budgeted series, by incident. `allowed_failures` are those of the whole period."""
    bad = _bad_minutes(series, first_minute, end_minute)
    slice_minutes = objective.slices.window_s // MINUTE_S if objective.slices else 1
    spans = [(each, _span(each, first_minute, end_minute, slice_minutes)) for each in incidents]
    on = sorted(((each, span) for each, span in spans if span.first < span.end), key=lambda pair: pair[0].key)
    taken, unexplained = divided(bad, [Part(span, _pace(each, end_minute)) for each, span in on])
    whole = _Whole(float(bad.sum()), allowed_failures)
    told = [_told(each, whole.share(part)) for (each, _), part in zip(on, taken, strict=True)]
    told.sort(key=lambda each: (-each.burnt.bad_events, each.opened_at_unix_nano, each.key))
    listed, further = told[:LISTED], told[LISTED:]
    return Attribution(
        burnt=whole.share(whole.bad_events),
        incidents=tuple(listed),
        further_incidents=len(further),
        further=whole.share(sum(each.burnt.bad_events for each in further)),
        unexplained=whole.share(unexplained),
    )


@dataclass(frozen=True, slots=True)
class _Whole:
    """What shares are parts of."""

    bad_events: float
    allowed_failures: float

    def share(self, bad_events: float) -> Share:
        return Share(
            bad_events,
            bad_events / self.bad_events if self.bad_events > 0 else None,
            bad_events / self.allowed_failures if self.allowed_failures > 0 else None,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Who takes part in the minutes of a run, and how much beside others there."""

    span: Run
    weight: float


def divided(bad: Floats, parts: Sequence[Part]) -> tuple[list[float], float]:
    """What each part takes of the bad events a minute, and what none takes."""
    weights = np.zeros(len(bad))  # (minutes,) of all who take part
    for each in parts:
        weights[each.span.first : each.span.end] += each.weight
    a_weight = np.divide(bad, weights, out=np.zeros(len(bad)), where=weights > 0)
    taken = [float(a_weight[each.span.first : each.span.end].sum()) * each.weight for each in parts]
    return taken, float(bad[weights == 0].sum())


def _bad_minutes(series: MinuteSeries, first_minute: int, end_minute: int) -> Floats:
    """Bad events of each minute, (minutes,), never negative, and together as many as the range's sums say.

    Counters that were scraped one after the other may tell more good events than events in one minute, and fewer in the next.
    """
    bad = np.zeros(end_minute - first_minute)
    begin = max(first_minute, series.first_minute)
    end = min(end_minute, series.first_minute + len(series.total))
    if begin < end:
        within = slice(begin - series.first_minute, end - series.first_minute)
        bad[begin - first_minute : end - first_minute] = series.total[within] - series.good[within]
    net, positive = max(0.0, float(bad.sum())), np.maximum(bad, 0.0)
    gross = float(positive.sum())
    return positive if gross <= net else positive * (net / gross)


def _span(incident: Incident, first_minute: int, end_minute: int, slice_minutes: int) -> Run:
    """Places of the minutes in which it was on, to whole slices: a slice counts in its last minute. Empty where it was not."""
    begin = _first_minute(incident) // slice_minutes * slice_minutes
    end = -(-_end_minute(incident, end_minute) // slice_minutes) * slice_minutes
    return Run(max(begin, first_minute) - first_minute, min(end, end_minute) - first_minute)


def _pace(incident: Incident, end_minute: int) -> float:
    """Failures a minute, over all of its span."""
    minutes = _end_minute(incident, end_minute) - _first_minute(incident)
    return max(1, incident.failures) / max(1, minutes)


def _first_minute(incident: Incident) -> int:
    return incident.opened_at_unix_nano // MINUTE_NANO


def _end_minute(incident: Incident, end_minute: int) -> int:
    """The minute after that in which it was resolved; one that is open goes on to the end."""
    resolved = incident.resolved_at_unix_nano
    return end_minute if resolved is None else resolved // MINUTE_NANO + 1


def _told(incident: Incident, burnt: Share) -> IncidentShare:
    return IncidentShare(
        key=incident.key,
        title=incident.title,
        cause=incident.root_cause.summary,
        severity=incident.severity,
        state=incident.state,
        opened_at_unix_nano=incident.opened_at_unix_nano,
        last_seen_unix_nano=incident.last_seen_unix_nano,
        resolved_at_unix_nano=incident.resolved_at_unix_nano,
        duration_s=(incident.last_seen_unix_nano - incident.opened_at_unix_nano) / 1e9,
        failures=incident.failures,
        burnt=burnt,
    )
