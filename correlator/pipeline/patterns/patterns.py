"""Patterns: rules held against each investigated story, and against the errors of services as the watch reads them."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from correlator.correlate.assemble_each import assemble_each
from correlator.explain.pattern import Rule, WrittenRule, events_of, find_match
from correlator.explain.pattern.event import DEPLOY, PatternEvent
from correlator.explain.pattern.rule import SEVERITIES, STORY
from correlator.explain.pattern.story_events import failures_in
from correlator.model.finding import Finding, PatternMatch
from correlator.model.incident import FailureSighting
from correlator.model.span import LogRecord, Span
from correlator.model.trace import Trace
from correlator.pipeline.patterns.files import PatternFiles, ReloadFailure
from correlator.pipeline.patterns.windows import PatternWindows
from correlator.pipeline.stories.service_versions import ServiceVersions
from correlator.store.contract import Reader
from correlator.telemetry.metrics import EngineMetrics

log = structlog.get_logger()

EVENTS: Final = 5_000
"""Of a story that rules are held against, the first by time: about 0.5 s of work for the shipped rules."""
REMEMBERED: Final = 1_000
"""Matches that are listed."""
LISTED_FOR_NANO: Final = 3_600 * 10**9


@dataclass(frozen=True, slots=True)
class SeenMatch:
    """A match, when it was found, and in what: `subject` is a trace id, a service or a dependency, as `scope` says."""

    match: PatternMatch
    scope: str
    subject: str
    found_at_unix_nano: int


@dataclass(frozen=True, slots=True)
class ListedRule:
    """A rule in force, and how often it fit within the last hour."""

    written: WrittenRule
    matches: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What GET patterns answers. `matches` are of the last hour, the newest first, REMEMBERED at most."""

    rules: tuple[ListedRule, ...]
    loaded_at_unix_nano: int
    failure: ReloadFailure | None
    matches: tuple[SeenMatch, ...]


class Patterns:
    """The rules in force, held against what failed. `told` and `listing` from any thread, the rest from the watch's."""

    def __init__(
        self,
        files: PatternFiles,
        reader: Reader,
        metrics: EngineMetrics,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self.files = files
        self._metrics = metrics
        self._clock = clock_unix_nano
        self._windows = PatternWindows()
        self._versions = ServiceVersions(reader)
        self._seen: deque[SeenMatch] = deque(maxlen=REMEMBERED)

    def told(self, trace: Trace, finding: Finding) -> Finding:
        """The finding with the patterns that fit its story, worst first; as it is where a rule breaks us."""
        rules = [each.rule for each in self.files.current.rules if each.rule.scope == STORY]
        try:
            return replace(finding, patterns=patterns_of(rules, trace)) if rules else finding
        except Exception:
            log.exception("patterns_not_applied", trace_id=trace.trace_id)
            return finding

    def hear(self, spans: Sequence[Span], logs: Sequence[LogRecord], failures: Iterable[FailureSighting]) -> None:
        """What a turn of the watch read and counted. What breaks us is logged.

        Rules over services are held against the error records `spans` and `logs`; the failures' own matches are listed, each story's once.
        """
        for failure in failures:
            if not failure.by_signature:
                self._list(failure.finding)
        rules = [each.rule for each in self.files.current.rules if each.rule.scope != STORY]
        if not rules or not (spans or logs):
            return
        try:
            self._hear(rules, spans, logs)
        except Exception:
            log.exception("patterns_not_heard", count=len(spans) + len(logs))

    def listing(self) -> Listing:
        """The rules in force, and what they fit within the last hour."""
        since = self._clock() - LISTED_FOR_NANO
        recent = tuple(each for each in reversed(tuple(self._seen)) if each.found_at_unix_nano >= since)
        current = self.files.current
        rules = tuple(
            ListedRule(each, sum(seen.match.rule_id == each.rule.rule_id for seen in recent)) for each in current.rules
        )
        return Listing(rules, current.loaded_at_unix_nano, self.files.failure, recent)

    def _list(self, finding: Finding) -> None:
        trace_id = next(iter(finding.trace_ids), "")
        for match in finding.patterns:
            if not any(each.subject == trace_id and each.match.rule_id == match.rule_id for each in self._seen):
                self._add(match, STORY, trace_id)

    def _hear(self, rules: Sequence[Rule], spans: Sequence[Span], logs: Sequence[LogRecord]) -> None:
        now = self._clock()
        events = [_not_after(event, now) for event in events_heard(rules, self._versions, spans, logs)]
        scopes = {rule.rule_id: rule.scope for rule in rules}
        for match, subject in self._windows.hear(rules, events):
            scope = scopes[match.rule_id]
            self._add(match, scope, subject)
            log.warning("pattern_matched", rule=match.rule_id, severity=match.severity, scope=scope, subject=subject)

    def _add(self, match: PatternMatch, scope: str, subject: str) -> None:
        self._metrics.pattern_matches.labels(match.rule_id, scope).inc()
        self._seen.append(SeenMatch(match, scope, subject, self._clock()))


def patterns_of(rules: Iterable[Rule], trace: Trace) -> tuple[PatternMatch, ...]:
    """The rules that fit a story, worst first, ties by id."""
    events = sorted(events_of(trace), key=lambda event: event.time_unix_nano)[:EVENTS]
    found = [match for rule in rules if (match := find_match(rule, events)) is not None]
    return tuple(sorted(found, key=lambda match: (-SEVERITIES.index(match.severity), match.rule_id)))


def events_heard(
    rules: Iterable[Rule], versions: ServiceVersions, spans: Sequence[Span], logs: Sequence[LogRecord]
) -> Iterator[PatternEvent]:
    """What rules over services and dependencies are held against, of these error records."""
    for trace in assemble_each(spans, logs):
        yield from failures_in(trace)
    if horizon := max((rule.within_nano for rule in rules if _asks_for_deploys(rule)), default=0):
        yield from versions.deploys([*spans, *logs], horizon)


def _asks_for_deploys(rule: Rule) -> bool:
    return any(DEPLOY in step.kinds for step in rule.steps)


def _not_after(event: PatternEvent, now_unix_nano: int) -> PatternEvent:
    """A sender's clock that runs ahead must not mute a rule for long."""
    return event if event.time_unix_nano <= now_unix_nano else replace(event, time_unix_nano=now_unix_nano)
