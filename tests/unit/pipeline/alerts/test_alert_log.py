"""Alerts read from the log again, whichever store keeps it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from correlator import semconv
from correlator.doors.alertmanager.otlp import alerts_request
from correlator.doors.otlp_decode import decode
from correlator.model.alert import Alert
from correlator.model.limits import Limits
from correlator.pipeline.alerts.alert_log import alert_of_log, read_alerts
from correlator.pipeline.alerts.heard_alerts import HeardAlerts
from correlator.pipeline.alerts.tied_alerts import TiedAlerts
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.stories import named_records
from correlator.store.contract import Frame, Store
from correlator.store.memory import MemoryStore
from tests.e2e.engine import segment_store, system_of

S = 10**9
NOW = 1_795_000_000 * S
HOUR = 3_600 * S
FIRING = Alert("f", "firing", {"alertname": "A"}, {"cause": "x"}, NOW - HOUR, None, "http://p", "engine", NOW - HOUR)
OVER = replace(FIRING, state="resolved", ends_at_unix_nano=NOW - HOUR // 2, heard_at_unix_nano=NOW - HOUR // 2)
OTHER = replace(FIRING, fingerprint="g", starts_at_unix_nano=NOW - 30 * HOUR)


@pytest.fixture(params=["memory", "segments"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store, with three things told of two alerts."""
    opened: Any = MemoryStore() if request.param == "memory" else segment_store(tmp_path / "data")
    for alert in (FIRING, OVER, OTHER):
        frame = Frame("logs", "protobuf", alert.heard_at_unix_nano, alerts_request([alert]).SerializeToString())
        opened.append(frame, decode(frame, Limits(), system_of).tables).result()
    yield opened
    opened.close()


@pytest.mark.parametrize("names_at_once", [named_records.NAMES_AT_ONCE, 1])
def test_all_that_was_told_is_there(store: Store, names_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the bounds, looked through at once or window by window."""
    monkeypatch.setattr(named_records, "NAMES_AT_ONCE", names_at_once)
    assert {each.state for each in read_alerts(store, NOW - 2 * HOUR, NOW)} == {"firing", "resolved"}
    start = 0 if names_at_once > 1 else NOW - 31 * HOUR
    everything = sorted(read_alerts(store, start, NOW), key=lambda each: (each.heard_at_unix_nano, each.fingerprint))
    assert everything == [FIRING, OTHER, OVER]


def test_a_restart_knows_each_alert_as_it_was_last_told(store: Store) -> None:
    """Of the last week."""
    heard = HeardAlerts(lambda: NOW)
    heard.recall(store, Event())
    assert heard.all() == (OVER, OTHER)


@pytest.mark.parametrize("starts", [-(2**63), -1, NOW + 1, 2**63 - 1])
def test_what_began_before_time_or_after_it_was_heard_is_not_ours(starts: int) -> None:
    """Anybody may send a log record of that name."""
    ours = json_object_of(replace(FIRING, starts_at_unix_nano=NOW))
    assert alert_of_log(ours, NOW) is not None
    assert alert_of_log(ours | {semconv.ALERT_STARTS: starts}, NOW) is None


def test_alerts_of_the_end_of_time_are_listed(store: Store) -> None:
    """A sender may say that it is heard of then; incidents are looked for around it all the same."""
    heard = HeardAlerts()
    heard.hear(replace(FIRING, starts_at_unix_nano=2**63 - 1, heard_at_unix_nano=2**63 - 1))
    everything: Any = store
    tied = TiedAlerts(everything, everything, everything, Objectives((), everything), heard)
    assert [each.incident for each in tied.listed(None, 10)] == [None]


def json_object_of(alert: Alert) -> dict[str, Any]:
    return {
        semconv.ALERT_STATE: alert.state,
        semconv.ALERT_STARTS: alert.starts_at_unix_nano,
        semconv.ALERT_LABELS: dict(alert.labels),
    }
