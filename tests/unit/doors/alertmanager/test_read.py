"""A webhook's body, read."""

import json
from typing import Any

import pytest

from correlator.doors.alertmanager.otlp import alerts_request
from correlator.doors.alertmanager.read import TEXT_CHARACTERS, read_alerts
from correlator.doors.otlp_decode import decode
from correlator.errors import InvalidInput
from correlator.model.alert import Alert
from correlator.model.limits import Limits
from correlator.model.rows import json_object
from correlator.pipeline.alerts.alert_log import alert_of_log
from correlator.store.contract import Frame
from tests.unit.doors.alertmanager.webhook import LABELS, STARTED_NANO, alert, webhook

ARRIVAL = STARTED_NANO + 3_600 * 10**9


def read(document: Any) -> tuple[Alert, ...]:
    return read_alerts(json.dumps(document).encode(), ARRIVAL)


def test_an_alert_is_read_whole() -> None:
    """The end of the year 1 is none."""
    (told,) = read(webhook(alert()))
    assert (told.name, told.severity, told.state, told.receiver) == ("ErrorBudgetBurn", "critical", "firing", "engine")
    assert told.labels == LABELS
    assert told.identity == ("9f86d081884c7d65", STARTED_NANO)
    assert (told.ends_at_unix_nano, told.heard_at_unix_nano) == (None, ARRIVAL)
    (over,) = read(webhook(alert("resolved")))
    assert over.ends_at_unix_nano == STARTED_NANO - 123_000_000 + 60 * 10**9
    assert over.identity == told.identity


def test_the_same_alert_twice_is_one() -> None:
    """Within one webhook, too."""
    assert len(read(webhook(alert(), alert()))) == 1
    assert len(read(webhook(alert(), alert("resolved"), alert(fingerprint="another")))) == 3


def test_what_an_older_alertmanager_leaves_out_is_made_up() -> None:
    """A fingerprint of the labels, in any order; an end that is arrival."""
    first = {key: value for key, value in alert("resolved").items() if key not in ("fingerprint", "endsAt")}
    second = first | {"labels": dict(reversed(LABELS.items()))}
    (told,) = read(webhook(first, second))
    assert len(told.fingerprint) == 16
    assert told.ends_at_unix_nano == ARRIVAL


def test_a_clock_ahead_of_ours_is_not_believed() -> None:
    """No alert begins after it was heard of, nor before there was any."""
    (told,) = read(webhook(alert("resolved", startsAt="2030-01-01T00:00:00Z", endsAt="2031-01-01T00:00:00+02:00")))
    assert (told.starts_at_unix_nano, told.ends_at_unix_nano) == (ARRIVAL, ARRIVAL)
    (old,) = read(webhook(alert(startsAt="1066-10-14T09:00:00Z")))
    assert old.starts_at_unix_nano == 0


def test_long_texts_are_cut() -> None:
    """So that a record holds them."""
    (told,) = read(webhook(alert(annotations={"cause": "x" * 100_000})))
    assert len(told.annotations["cause"]) == TEXT_CHARACTERS


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "Expected `object`"),
        ({"version": "3", "alerts": []}, "version"),
        (webhook(alert("pending")), "status"),
        (webhook(alert(labels={"n": 1})), "labels"),
        (webhook(alert(labels={str(n): "" for n in range(65)})), "length <= 64"),
        (webhook(alert(startsAt="noon")), "timestamp 'noon'"),
        (webhook(alert(endsAt="")), "timestamp ''"),
        (webhook({"status": "firing"}), "labels"),
        ({"version": "4", "alerts": [alert()] * 2_001}, "length <= 2000"),
    ],
)
def test_what_is_no_webhook_is_refused_with_the_reason(document: Any, named: str) -> None:
    """In words of the field."""
    with pytest.raises(InvalidInput) as refused:
        read(document)
    assert named in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b'{"version":"4","alerts":' + b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Whatever it is."""
    with pytest.raises(InvalidInput):
        read_alerts(body, ARRIVAL)


def test_an_alert_comes_back_from_its_record_as_it_was() -> None:
    """And its record is no error: it is not to become a cause."""
    for told in read(webhook(alert(), alert("resolved", fingerprint="f2", annotations={}))):
        body = alerts_request([told]).SerializeToString()
        logs = decode(Frame("logs", "protobuf", ARRIVAL, body), Limits(), lambda *_: "other").tables.logs
        (row,) = logs.to_pylist()
        assert alert_of_log(json_object(row["attributes"]), row["observed_time_unix_nano"]) == told
        assert not row["is_error"]
        assert row["event_name"] == "alertmanager.alert"


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"correlator.alert.state": "on"},
        {"correlator.alert.state": "firing", "correlator.alert.starts_at_unix_nano": "x"},
    ],
)
def test_a_strangers_record_of_that_name_is_no_alert(attributes: dict[str, Any]) -> None:
    """Anyone can send such records."""
    assert alert_of_log(attributes, 0) is None
