"""Alertmanager's webhook, and what it told of."""

import asyncio
import json
from dataclasses import replace
from threading import Event
from typing import Any

import httpx
import pytest

from correlator.model.incident import Incident
from correlator.model.objective import RecordSource
from correlator.pipeline.slo.objectives import Objectives
from correlator.settings import Settings
from correlator.store.contract import WatchCommit, WatchState
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring import make_alerts, make_decode, make_recorder
from tests.unit.doors.alertmanager.webhook import STARTED_NANO, alert, webhook
from tests.unit.incidents.opened import opened
from tests.unit.serve.api import Api, make_api
from tests.unit.slo.series import objective

WEBHOOK, ALERTS = "/api/v1/alerts/alertmanager", "/api/v1/alerts"
WORKERS = objective(id="worker-errors", source=RecordSource("jobs", system="worker"))
S = 10**9


def api_over(store: MemoryStore) -> Api:
    """With one objective, over a store that may have been another's before."""
    settings, metrics = Settings(), EngineMetrics()
    recorder = make_recorder(settings, store, make_decode(settings), metrics)
    alerts = make_alerts(settings, store, recorder, Objectives((WORKERS,), store), metrics, {})
    alerts.recall(Event())
    return replace(make_api(alerts=alerts.api(settings)), store=store)


@pytest.fixture
def api() -> Api:
    return api_over(MemoryStore())


def post(api: Api, *alerts: dict[str, Any]) -> dict[str, Any]:
    answer = api.post(WEBHOOK, webhook(*alerts))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def keep(api: Api, *incidents: Incident) -> None:
    api.store.commit_watch(WatchCommit(WatchState(), incidents=incidents))


def listed(api: Api, path: str = ALERTS) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(path).json()["alerts"]
    return found


def test_an_alert_that_is_told_again_is_one(api: Api) -> None:
    """Repeats tell nothing new, and are not recorded; an end is news of the same alert."""
    assert post(api, alert()) == {"accepted": 1, "new": 1}
    assert post(api, alert()) == {"accepted": 1, "new": 0}
    assert post(api, alert("resolved")) == {"accepted": 1, "new": 1}
    assert post(api, alert()) == {"accepted": 1, "new": 0}
    (one,) = listed(api)
    assert (one["state"], one["starts_at"], one["ends_at"]) == (
        "resolved",
        "2026-01-31T12:00:00.123Z",
        "2026-01-31T12:01:00Z",
    )
    assert api.store.stats().logs == 2


def test_a_cause_that_became_known_is_news(api: Api) -> None:
    """The alert is the same."""
    post(api, alert())
    assert post(api, alert(annotations={"cause": "better"}))["new"] == 1
    (one,) = listed(api)
    assert one["annotations"] == {"cause": "better"}


def test_alerts_outlive_a_restart(api: Api) -> None:
    """They are in the store; what is told again then is known."""
    from datetime import UTC, datetime

    recent = {"startsAt": datetime.now(UTC).isoformat(), "endsAt": datetime.now(UTC).isoformat()}
    post(api, alert(**recent), alert("resolved", fingerprint="b", **recent))
    before = listed(api)
    again = api_over(api.store)
    assert listed(again) == before
    assert {each["state"] for each in before} == {"firing", "resolved"}
    assert post(again, alert(**recent))["new"] == 0


def test_lists_are_filtered_and_bounded(api: Api) -> None:
    """Last begun first."""
    later = [alert(fingerprint=str(n), startsAt=f"2026-01-31T12:0{n}:00Z") for n in range(4)]
    post(api, *later, alert("resolved", fingerprint="over"))
    assert [each["fingerprint"] for each in listed(api, f"{ALERTS}?state=firing&limit=2")] == ["3", "2"]
    assert [each["fingerprint"] for each in listed(api, f"{ALERTS}?state=resolved")] == ["over"]
    assert api.get(f"{ALERTS}?state=pending").status_code == 400


def test_alerts_are_tied_to_their_incident(api: Api) -> None:
    """With the method; one that fits none is a normal answer."""
    incident = opened("E", at_s=STARTED_NANO / S - 60)
    keep(api, incident)
    post(
        api,
        alert(),
        alert(fingerprint="b", labels={"alertname": "Incident", "incident": incident.key}),
        alert(fingerprint="c", labels={"alertname": "Other"}),
    )
    ties = {each["fingerprint"]: (each["incident"], each["method"]) for each in listed(api)}
    assert ties == {"9f86d081884c7d65": ("E-1", "objective"), "b": ("E-1", "incident"), "c": (None, None)}
    of_incident = listed(api, f"/api/v1/incidents/{incident.key}/alerts")
    assert {each["fingerprint"] for each in of_incident} == {"9f86d081884c7d65", "b"}


def test_alerts_of_an_old_incident_are_read_from_the_store(api: Api) -> None:
    """Though they began before what a restart recalls."""
    keep(api, opened("E", at_s=STARTED_NANO / S - 60, state="resolved", resolved_at_unix_nano=STARTED_NANO + 60 * S))
    post(api, alert(), alert("resolved"))
    again = api_over(api.store)
    assert listed(again) == []
    (one,) = listed(again, "/api/v1/incidents/E-1/alerts")
    assert (one["state"], one["method"]) == ("resolved", "objective")


def test_an_unknown_incident_has_no_alerts(api: Api) -> None:
    """It is told as unknown."""
    assert api.get("/api/v1/incidents/none-1/alerts").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        (b"{", 400, "no webhook of Alertmanager"),
        (json.dumps(webhook() | {"version": "3"}).encode(), 400, "version"),
        (b"x" * (4 * 2**20 + 1), 413, "alertmanager.body"),
    ],
)
def test_what_is_no_webhook_is_a_problem(api: Api, body: bytes, status: int, named: str) -> None:
    """RFC 9457, and nothing is kept."""
    answer = api.post(WEBHOOK, body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert named in answer.json()["detail"]
    assert api.store.stats().logs == 0


def test_another_media_type_is_refused(api: Api) -> None:
    """A form is no webhook."""
    assert api.ask("POST", WEBHOOK, {"content-type": "text/plain"}, b"{}").status_code == 415


def test_with_a_token_the_webhook_needs_it() -> None:
    """As every path does."""
    api = make_api(bearer_token="t")
    assert api.post(WEBHOOK, webhook()).status_code == 401
    assert api.post(WEBHOOK, webhook(), authorization="Bearer t").status_code == 200


def test_many_at_once_are_all_kept(api: Api) -> None:
    """Alertmanager tells of groups side by side."""

    async def all_at_once() -> list[httpx.Response]:
        transport = httpx.ASGITransport(api.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7070") as client:
            bodies = [webhook(alert(fingerprint=str(number))) for number in range(20)]
            return await asyncio.gather(*(client.post(WEBHOOK, json=body) for body in bodies))

    assert {answer.status_code for answer in asyncio.run(all_at_once())} == {200}
    assert len(listed(api)) == 20
