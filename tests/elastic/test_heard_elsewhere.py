"""What one engine is told, the others on the same Elasticsearch know a few seconds later."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.peers import WHY_SKIPPED, scripts
from tests.elastic.replicas import Lab, Replica, two_replicas
from tests.elastic.waiting import await_that

pytestmark = [pytest.mark.slow, pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED), pytest.mark.timeout(150)]

ALERT = {
    "version": "4",
    "groupKey": "g",
    "status": "firing",
    "receiver": "correlator",
    "externalURL": "http://alertmanager:9093",
    "groupLabels": {},
    "commonLabels": {},
    "commonAnnotations": {},
    "truncatedAlerts": 0,
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "Slow", "service": "bridge"},
            "annotations": {},
            "startsAt": "2026-01-31T12:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "",
            "fingerprint": "5d41402abc4b2a76",
        }
    ],
}


@pytest.fixture
def lab(tmp_path: Path, elasticsearch_url: str) -> Iterator[Lab]:
    with two_replicas(tmp_path, elasticsearch_url) as lab:
        yield lab


def test_both_know_executions_and_alerts_whoever_was_told(lab: Lab) -> None:
    """A follower is told of a start and of an alert, the leader of the end: both say the same; so does one that starts anew."""
    leader, follower = lab.leader_and_follower()
    ALERT["alerts"][0]["startsAt"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())  # type: ignore[index]
    post(follower, "callbacks/w1", {"kind": "started", "execution_id": "7"})
    post(follower, "alerts/alertmanager", ALERT)
    await_that(lambda: states(leader) == {"7": "started"}, "the start at the leader")
    post(leader, "callbacks/w1", {"kind": "completed", "execution_id": "7"})
    for replica in (leader, follower):
        await_that(lambda replica=replica: states(replica) == {"7": "completed"}, "the end at both")  # type: ignore[misc]
        await_that(lambda replica=replica: len(replica.get("alerts")["alerts"]) == 1, "the alert at both")  # type: ignore[misc]
    follower.kill()
    follower.start()
    await_that(lambda: states(follower) == {"7": "completed"}, "the same after a restart")


def states(replica: Replica) -> dict[str, str]:
    answer = httpx.get(f"http://{replica.engine.api}/api/v1/status/w1", timeout=30, trust_env=False).json()
    return {each["execution_id"]: each["state"] for each in answer.get("executions", ())}


def post(replica: Replica, path: str, body: Any) -> None:
    answer = httpx.post(f"http://{replica.engine.api}/api/v1/{path}", json=body, timeout=30, trust_env=False)
    answer.raise_for_status()
