"""What concludes: made anew for each term of leadership, with the memory that it needs."""

import time
from functools import partial

from correlator.doors.n8n_rest.poller import Poller
from correlator.pipeline.leadership.term import Job, Work
from correlator.pipeline.slo.board import ObjectiveBoard
from correlator.pipeline.slo.ledger_job import LedgerJob
from correlator.pipeline.slo.report import Reporter
from correlator.pipeline.slo.status import StatusReader
from correlator.pipeline.stories.propagation import PropagationGauge, PropagationReader
from correlator.pipeline.watch.watch import Watch
from correlator.telemetry.leadership_metrics import LeadershipMetrics
from correlator.telemetry.ledger_metrics import LedgerMetrics
from correlator.telemetry.objective_metrics import ObjectiveMetrics
from correlator.wiring.n8n import make_n8n_poller
from correlator.wiring.parts import Parts
from correlator.wiring.reports import make_report_schedule
from correlator.wiring.slo import make_ledger_job
from correlator.wiring.stories import make_story_bounds

N8N = "n8n"


class Concluding:
    """Makes the work of terms, one at a time; each shows on the same metrics."""

    def __init__(self, parts: Parts) -> None:
        self.metrics = LeadershipMetrics(parts.metrics)
        self._parts = parts
        self._ledger_metrics = LedgerMetrics(parts.metrics)
        self._objective_metrics = ObjectiveMetrics()
        parts.metrics.registry.register(self._objective_metrics)
        self._poller: Poller | None = None

    def work(self) -> Work:
        """That of a term which begins now. Raises what the store raises."""
        settings, store = self._parts.settings, self._parts.stored.store
        reporter = Reporter(self._parts.objectives, store)
        jobs: dict[str, Job] = {
            "watch": partial(self._watch().run, interval_s=settings.incidents.interval),
            "slo": partial(self._ledger_job().run, interval_s=settings.slo.interval),
            "slo-reports": make_report_schedule(settings, reporter, self._parts.metrics).run,
            "propagation": self._propagation().run,
            "silence": self._parts.workflows.silence.run,
            **self._parts.alerts.telling(),
            **self._parts.stored.upkeep,
        }
        self._poller = self._n8n_poller()
        if self._poller is not None:
            jobs[N8N] = self._poller.run
        return Work(jobs, self._take_back, asking=(N8N,))

    def describe_n8n(self) -> str:
        """How n8n does, in a few words."""
        return "not asked by this replica" if self._poller is None else self._poller.describe()

    def _take_back(self) -> None:
        """The term is over: what it remembered is forgotten, and what it showed is the next leader's to show."""
        self._poller = None
        self._parts.objectives.forget()
        self._parts.alerts.causes.forget()
        self._objective_metrics.show(())
        self.metrics.take_back()

    def _watch(self) -> Watch:
        given, parts = self._parts.settings.incidents, self._parts
        return Watch(
            parts.stored.store,
            parts.investigator,
            parts.metrics,
            threshold=given.threshold,
            window_s=given.window,
            quiet_s=given.quiet,
            settle_s=given.settle,
            max_traces_per_turn=given.traces_per_turn,
            backlog=given.backlog,
            tell=parts.workflows.events.publish_incident,
            hear=parts.patterns.hear,
        )

    def _ledger_job(self) -> LedgerJob:
        parts, store = self._parts, self._parts.stored.store
        statuses = StatusReader(parts.objectives, store)
        board = ObjectiveBoard(statuses, store, self._objective_metrics, parts.settings.slo.first_scrape)
        return make_ledger_job(
            store,
            parts.objectives,
            parts.workflows.executions,
            self._ledger_metrics,
            board.turn,
            parts.workflows.events.publish_alert,
        )

    def _propagation(self) -> PropagationGauge:
        parts = self._parts
        reader = PropagationReader(parts.stored.store, make_story_bounds(parts.settings))
        return PropagationGauge(reader, parts.metrics, time.time_ns)

    def _n8n_poller(self) -> Poller | None:
        parts = self._parts
        return make_n8n_poller(
            parts.settings,
            parts.stored.store,
            parts.stored.n8n_executions,
            parts.recorder,
            parts.metrics,
            parts.workflows.executions.observe_execution,
        )
