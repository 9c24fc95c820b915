"""Each log-based alert of rules/elasticsearch on a real Elasticsearch, with its condition and without. Kibana's part is told by rule.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from elasticsearch import Elasticsearch

from correlator.cli.kibana.alerts import Alert, shipped_alerts
from correlator.elasticsearch import Names
from tests.elastic.kibana.own_names import own_names, own_part
from tests.elastic.kibana.rule import ALL, firing

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""Of the first case; each case has a day of its own, so that none sees another's documents."""
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """Documents within the last minutes, and what fires then. `alert` is its id in rules/elasticsearch."""

    alert: str
    documents: tuple[Document, ...]
    fires: frozenset[str]
    minutes_ago: int = 1


def log(system: str, text: str = "all is well", **more: Any) -> Document:
    """A log record as the engine writes it."""
    return {
        "signal": "logs",
        "severity_text": "INFO",
        "body": {"text": text},
        "resource": {"attributes": {"service.name": system}},
        "correlator": {"system": system, "is_error": False},
        **more,
    }


def failure(exception: str = "ValueError") -> Document:
    return log("worker", "job failed", severity_text="ERROR", attributes={"exception.type": exception})


def collectors_failure() -> Document:
    """As the Collector writes it: nothing of ours."""
    return {key: value for key, value in failure("KeyError").items() if key != "correlator"}


def span() -> Document:
    return {"signal": "traces", "name": "workflow.execute", "correlator": {"system": "n8n", "is_error": False}}


def incident(rule: str, state: str = "open") -> Document:
    return {"signal": "incidents", "rule": {"id": [rule]}, "correlator": {"incident": {"state": state}}}


HIDDEN: Final = "failure-hidden-by-continue-on-error"
CASES: Final = (
    Case("errors-of-one-kind", (failure(),) * 21, frozenset({"worker,ValueError"})),
    Case("errors-of-one-kind", (collectors_failure(),) * 21, frozenset({"worker,KeyError"})),
    Case("errors-of-one-kind", (failure(),) * 20 + (failure("OSError"),) * 20 + (log("worker"),) * 5, frozenset()),
    Case("errors-of-one-kind", (failure(),) * 21, frozenset(), minutes_ago=6),
    Case("callbacks-failing", (log("worker", "callback_failed"),) * 3, frozenset({"worker"})),
    Case("callbacks-failing", (log("worker", "callback_failed"),) * 2 + (log("worker", "callback_delivered"),) * 9, frozenset()),
    Case("silent-success", (incident(HIDDEN),), frozenset({ALL})),
    Case("silent-success", (incident(HIDDEN, "resolved"), incident("retries-in-vain")), frozenset()),
    Case("no-logs-of-bridge", (log("worker"),), frozenset({ALL})),
    Case("no-logs-of-bridge", (log("bridge"),), frozenset()),
    Case("no-logs-of-worker", (log("worker"),), frozenset({ALL}), minutes_ago=11),
    Case("no-logs-of-worker", (log("worker"),), frozenset(), minutes_ago=9),
    Case("no-spans-of-n8n", (), frozenset({ALL})),
    Case("no-spans-of-n8n", (span(),), frozenset()),
)  # fmt: skip


@pytest.fixture(scope="module")
def server(elasticsearch_url: str) -> Iterator[tuple[Elasticsearch, Names]]:
    """Streams and indices of this run, made by our templates."""
    with own_names(elasticsearch_url) as server:
        yield server


@pytest.fixture(scope="module")
def written(server: tuple[Elasticsearch, Names]) -> None:
    """The documents of all cases, each case on its day."""
    client, names = server
    operations: list[Document] = []
    for day, case in enumerate(CASES):
        at = (now_of(day) - timedelta(minutes=case.minutes_ago)).isoformat()
        for document in case.documents:
            signal = document["signal"]
            index = names.incidents if signal == "incidents" else names.stream(signal)
            content = {key: value for key, value in document.items() if key != "signal"}
            operations += ({"create": {"_index": index}}, {"@timestamp": at, **content})
    answer = client.bulk(operations=operations, refresh=True)
    assert not answer["errors"], answer["items"][0]


def now_of(day: int) -> datetime:
    return NOW + timedelta(days=day)


def alerts(names: Names) -> dict[str, Alert]:
    """By the id of their file, which is the last of their tags."""
    return {alert.body["tags"][-1]: alert for alert in shipped_alerts(names.prefix)}


@pytest.mark.parametrize("day", range(len(CASES)), ids=lambda day: f"{CASES[day].alert}-{day}")
def test_an_alert_fires_where_its_condition_holds_and_only_there(
    server: tuple[Elasticsearch, Names], written: None, day: int
) -> None:
    """Over the window, and by group."""
    (client, names), case = server, CASES[day]
    params = alerts(names)[case.alert].body["params"]
    index = own_part(",".join(params["index"]), names)
    assert firing(client, params, index, now_of(day)) == case.fires


def test_each_alert_is_tried_with_its_condition_and_without(server: tuple[Elasticsearch, Names]) -> None:
    """A file that is added needs both."""
    _, names = server
    assert {case.alert for case in CASES if case.fires} == alerts(names).keys()
    assert {case.alert for case in CASES if not case.fires} == alerts(names).keys()
