"""Makes reports of the objectives in force from what is stored now."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Protocol

from correlator.errors import Unavailable
from correlator.incidents.cause_info import cause_of, title_of
from correlator.model.incident import Incident
from correlator.model.objective import DAY_S, Objective, RecordSource
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.concerned import is_concerned, with_ids
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.report import (
    ObjectiveReport,
    Overview,
    OverviewLine,
    ReportRange,
    Unreported,
    first_minute_of,
    line_of,
    make_report,
    overview_of,
)
from correlator.slo.report.objective_report import reported_until
from correlator.store.contract import Catalog, IncidentQuery, OutcomeLedger

LOOK_BACK_NANO: Final = 30 * DAY_S * 10**9
"""Incidents that opened so long before a range are looked at, too: one that fails for a month without a quiet hour is rarer."""
PAGE: Final = 1_000


class Told(Catalog, OutcomeLedger, Protocol):
    """The side of a store that reports are made from."""


class Reporter:
    """Reports on objectives. Reads; keeps nothing."""

    def __init__(self, objectives: Objectives, store: Told) -> None:
        self.objectives = objectives
        self._store = store

    def knows_of(self, report_range: ReportRange) -> bool:
        """Whether anything can be known of the range: a minute of our own records, or what a Prometheus may tell."""
        if any(not isinstance(each.source, RecordSource) for each in self.objectives.written):
            return True
        return bool(self._store.known_minutes(report_range.start_minute, report_range.end_minute))

    def report(self, objective: Objective, report_range: ReportRange, now_unix_nano: int) -> ObjectiveReport:
        """Of one objective as of now. Raises Unavailable where its events are in a Prometheus that does not answer."""
        return self._report(objective, report_range, self._incidents(report_range), now_unix_nano)

    def reports(self, report_range: ReportRange, now_unix_nano: int) -> Iterator[ObjectiveReport | Unreported]:
        """Of all objectives, by id, made one by one; one whose events cannot be had ends none of the others."""
        incidents = self._incidents(report_range)
        for objective in self.objectives.all():
            try:
                yield self._report(objective, report_range, incidents, now_unix_nano)
            except Unavailable as error:
                yield Unreported(objective.id, objective.title, str(error))

    def overview(self, report_range: ReportRange, now_unix_nano: int) -> Overview:
        """A line for each objective."""
        lines, unreported = list[OverviewLine](), list[Unreported]()
        for each in self.reports(report_range, now_unix_nano):
            if isinstance(each, ObjectiveReport):
                lines.append(line_of(each))
            else:
                unreported.append(each)
        return overview_of(report_range, reported_until(report_range, now_unix_nano) * MINUTE_NANO, lines, unreported)

    def _report(
        self, objective: Objective, report_range: ReportRange, incidents: tuple[Incident, ...], now_unix_nano: int
    ) -> ObjectiveReport:
        first = first_minute_of(objective, report_range, now_unix_nano)
        events = self.objectives.series(objective, first, reported_until(report_range, now_unix_nano))
        names = self.objectives.workflow_names()
        concerned = (
            each
            for each in incidents
            if is_concerned(objective, each.systems, each.services, with_ids(each.workflows, names))
        )
        return make_report(events, objective, report_range, concerned, now_unix_nano)

    def _incidents(self, report_range: ReportRange) -> tuple[Incident, ...]:
        """All that may have been on in the range: those that opened in it or not long before, and those still open.

        In the words that pages have, too: reports are kept and mailed, and an error's text may quote a password.
        """
        end = report_range.end_unix_nano
        since = max(0, report_range.start_unix_nano - LOOK_BACK_NANO)
        recent = self._all(IncidentQuery(None, since, end, PAGE))
        still_open = self._all(IncidentQuery("open", None, end, PAGE))
        return tuple({each.key: _fit_to_go_out(each) for each in (*recent, *still_open)}.values())

    def _all(self, query: IncidentQuery) -> Iterator[Incident]:
        page = self._store.incidents(query)
        yield from page.incidents
        while page.next_cursor is not None:
            page = self._store.incidents(
                IncidentQuery(query.state, query.start_unix_nano, query.end_unix_nano, query.limit, page.next_cursor)
            )
            yield from page.incidents


def _fit_to_go_out(incident: Incident) -> Incident:
    told = replace(incident.root_cause, summary=cause_of(incident))
    return replace(incident, title=title_of(incident), root_cause=told)
