"""Incidents as outages: what really went wrong, as far as the engine concluded it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from correlator.model.incident import Incident
from correlator.model.objective import Objective
from correlator.slo.backtest import Outage
from correlator.slo.concerned import is_concerned, with_ids
from correlator.store.contract import Catalog, IncidentQuery

REAL: Final = ("critical", "error")
"""Severities of incidents that somebody should be called for: a whole workflow or several services were hit."""
INCIDENTS_A_PAGE: Final = 500


def catalog_outages(
    catalog: Catalog, objectives: Collection[Objective], workflow_names: Mapping[str, str], start: int, end: int
) -> tuple[Outage, ...]:
    """The real incidents that overlap [start, end), unix nanoseconds, with the objectives that each concerns.

    Those that concern none are left out: nobody promised anything.
    """
    real = (each for each in _opened_before(catalog, end) if each.severity in REAL)
    found = (_outage(each, objectives, workflow_names) for each in real)
    return tuple(each for each in found if each.objective_ids and _is_there_after(each, start))


def _is_there_after(outage: Outage, start: int) -> bool:
    return outage.ends_unix_nano is None or outage.ends_unix_nano > start


def _opened_before(catalog: Catalog, end: int) -> Iterator[Incident]:
    cursor = None
    while True:
        page = catalog.incidents(IncidentQuery(end_unix_nano=end, limit=INCIDENTS_A_PAGE, cursor=cursor))
        yield from page.incidents
        cursor = page.next_cursor
        if cursor is None:
            return


def _outage(incident: Incident, objectives: Iterable[Objective], workflow_names: Mapping[str, str]) -> Outage:
    """From its first failure to its last: the quiet that resolves it is no failure."""
    workflows = with_ids(incident.workflows, workflow_names)
    concerned = (each.id for each in objectives if is_concerned(each, incident.systems, incident.services, workflows))
    ends = None if incident.resolved_at_unix_nano is None else incident.last_seen_unix_nano
    return Outage(incident.key, incident.opened_at_unix_nano, ends, frozenset(concerned))
