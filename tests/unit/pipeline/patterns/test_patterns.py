"""Rules held against investigated stories, and against the errors that the watch reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from correlator import semconv
from correlator.pipeline.patterns.files import PatternFiles
from correlator.pipeline.patterns.patterns import Patterns
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.watch.watch import Watch
from tests.unit.pipeline.watch.watched import Watched, span, trace_id, unix_nano

RELAY = ("RelayDenied", "no relay")
STORY = """\
id: worker-then-n8n
title: The worker fails n8n
severity: critical
order: sequence
within: 60s
steps:
  - {system: worker, kind: exception}
  - {system: n8n, kind: exception}
suggest: Mend the worker.
"""
SERVICE = """\
id: relay-down
title: The relay is down
severity: error
scope: service
within: 60s
min_count: 3
steps:
  - {system: worker, error_type: RelayDenied}
suggest: Look at the relay.
"""
DEPLOY = """\
id: refuses-after-deploy
title: Refuses since the deploy
severity: warning
scope: service
order: sequence
within: 5m
steps:
  - {kind: deploy}
  - {error_type: "*Validation*"}
suggest: Roll back.
"""


class Patterned(Watched):
    """A store under watch, with rules."""

    def __init__(self, folder: Path, *rules: str) -> None:
        for number, rule in enumerate(rules):
            (folder / f"{number}.yaml").write_text(rule)
        self.folder = folder
        super().__init__()

    def restart(self) -> None:
        files = PatternFiles([self.folder], self.metrics, with_shipped=False)
        self.patterns = Patterns(files, self.store, self.metrics, self.clock)
        self.investigator = Investigator(self.store, with_patterns=self.patterns.told)
        self.watch = Watch(
            self.store, self.investigator, self.metrics,
            clock_unix_nano=self.clock, hear=self.patterns.hear, **self.settings,
        )  # fmt: skip

    def clock(self) -> int:
        return unix_nano(self.now_s)

    def fail_job(self, trace: int, error: tuple[str, str] = RELAY, service: str = "worker") -> None:
        self.receive(span(trace, 1, None, "job", self.now_s, error, kind=semconv.KIND_CONSUMER), service=service)

    def listed(self) -> list[tuple[str, str, str]]:
        return [(each.match.rule_id, each.scope, each.subject) for each in self.patterns.listing().matches]


@pytest.fixture
def patterned(tmp_path: Path) -> Iterator[Any]:
    yield lambda *rules: Patterned(tmp_path, *rules)


def test_a_storys_finding_names_its_patterns(patterned: Any) -> None:
    """With what to do, and the spans that fit."""
    watched = patterned(STORY)
    watched.fail(0xABC)
    (match,) = watched.investigator.explain(trace_id(0xABC)).patterns
    assert (match.rule_id, match.severity, match.suggestion) == ("worker-then-n8n", "critical", "Mend the worker.")
    assert [(each.system, each.span_id[-1]) for each in match.events] == [("worker", "3"), ("n8n", "2"), ("n8n", "1")]
    assert match.events[0].told == "TemplateFieldMissing: template 'invoice' needs field 'vat_id'"


def test_an_incident_is_at_least_as_severe_as_its_patterns(patterned: Any) -> None:
    """It would be an error by what it hit."""
    watched = patterned(STORY)
    watched.fail(0xABC)
    watched.turn_at(0)
    watched.turn_at(3)
    (incident,) = watched.incidents()
    assert incident.severity == "critical"
    assert [each.rule_id for each in incident.root_cause.patterns] == ["worker-then-n8n"]


def test_a_pattern_found_late_raises_an_open_incident(patterned: Any) -> None:
    """When more of a sampled story has arrived."""
    watched = patterned(STORY)
    watched.fail_worker(0xABC)
    watched.turn_at(0)
    watched.turn_at(3)
    assert watched.incidents()[0].severity == "warning"
    watched.fail_n8n(0xABC)
    watched.turn_at(4)
    watched.turn_at(8)
    assert watched.incidents()[0].severity == "critical"


def test_a_counted_story_is_listed_once(patterned: Any) -> None:
    """However often it is explained."""
    watched = patterned(STORY)
    watched.fail(0xABC)
    watched.turn_at(0)
    watched.turn_at(3)
    watched.investigator.explain(trace_id(0xABC))
    watched.fail_worker(0xABC)
    watched.turn_at(4)
    watched.turn_at(8)
    assert watched.listed() == [("worker-then-n8n", "story", trace_id(0xABC))]
    assert watched.metric("pattern_matches_total", rule="worker-then-n8n", scope="story") == 1


def test_errors_of_a_service_match_over_traces_and_turns(patterned: Any) -> None:
    """Whatever story they are of; those of another service do not count."""
    watched = patterned(SERVICE)
    watched.fail_job(1)
    watched.turn_at(0)
    watched.fail_job(2)
    watched.fail_job(3, service="worker-b")
    watched.turn_at(1)
    assert watched.listed() == []
    watched.fail_job(4)
    watched.turn_at(2)
    assert watched.listed() == [("relay-down", "service", "worker")]
    assert watched.patterns.listing().rules[0].matches == 1


def test_matches_are_listed_for_an_hour(patterned: Any) -> None:
    """Then they are history."""
    watched = patterned(SERVICE)
    for trace in (1, 2, 3):
        watched.fail_job(trace)
    watched.turn_at(0)
    assert watched.listed()
    watched.now_s = 3_601
    assert watched.listed() == []
    assert watched.patterns.listing().rules[0].matches == 0


def test_a_deploy_is_told_from_the_version_before(patterned: Any) -> None:
    """A service that had another one when all was well, and names the new one in its errors."""
    watched = patterned(DEPLOY)
    run(watched, 1, "1.4.0")
    watched.turn_at(600)
    run(watched, 2, "1.5.0", ("ValidationError", "'vat_id' is a required property"))
    watched.turn_at(601)
    assert watched.listed() == [("refuses-after-deploy", "service", "bridge")]


def test_without_a_deploy_the_same_errors_match_nothing(patterned: Any) -> None:
    """Nor where no version is told, nor where nothing is known of before."""
    watched = patterned(DEPLOY)
    error = ("ValidationError", "'vat_id' is a required property")
    run(watched, 1, "1.4.0")
    watched.turn_at(600)
    run(watched, 2, "1.4.0", error)
    run(watched, 3, "", error)
    watched.turn_at(601)
    assert watched.listed() == []


def test_a_rule_that_is_changed_counts_from_the_next_turn(patterned: Any) -> None:
    """The watch follows the files."""
    watched = patterned(SERVICE)
    watched.fail_job(1)
    watched.turn_at(0)
    (watched.folder / "0.yaml").write_text(SERVICE.replace("min_count: 3", "min_count: 1"))
    for _ in range(2):
        watched.patterns.files.look()
    watched.fail_job(2)
    watched.turn_at(1)
    assert watched.listed() == [("relay-down", "service", "worker")]


def test_a_clock_that_runs_ahead_mutes_no_rule(patterned: Any) -> None:
    """Times after arrival are those of arrival."""
    watched = patterned(SERVICE)
    ahead = [span(trace, 1, None, "job", 500, RELAY, kind=semconv.KIND_CONSUMER) for trace in (1, 2, 3)]
    watched.receive(*ahead)
    watched.turn_at(0)
    assert watched.patterns.listing().matches[0].match.end_unix_nano == unix_nano(0)


def test_without_rules_findings_are_as_they_were(patterned: Any) -> None:
    """And nothing is listed."""
    watched = patterned()
    watched.fail(0xABC)
    watched.turn_at(0)
    watched.turn_at(3)
    assert watched.investigator.explain(trace_id(0xABC)).patterns == ()
    assert watched.listed() == []


def run(watched: Patterned, trace: int, version: str, error: tuple[str, str] | None = None) -> None:
    """A request of the bridge, from a process of that version."""
    attributes = {semconv.SERVICE_NAME: "bridge"} | ({semconv.SERVICE_VERSION: version} if version else {})
    resource = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    one = span(trace, 1, None, "POST", watched.now_s, error, kind=semconv.KIND_SERVER)
    body = {"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": [{"spans": [one]}]}]}
    watched._append("traces", body)
