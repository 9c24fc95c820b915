"""Alertmanager's webhook, from whoever calls it so: alerts within their bounds, or a refusal."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from correlator.doors.alertmanager.otlp import alerts_request
from correlator.doors.alertmanager.read import TEXT_CHARACTERS, read_alerts
from correlator.doors.otlp_decode import decode
from correlator.errors import InvalidInput
from correlator.model.limits import Limits
from correlator.model.rows import json_object
from correlator.pipeline.alerts.alert_log import alert_of_log
from correlator.store.contract import Frame
from tests.unit.doors.alertmanager.webhook import alert, webhook

ARRIVAL = 1_795_000_000 * 10**9
TEXTS = st.text(st.characters(codec=None, exclude_categories=[])) | st.text().map(lambda text: text * 5_000)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)  # fmt: skip
TIMES = st.datetimes(timezones=st.timezones()).map(lambda time: time.isoformat()) | st.sampled_from(
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59Z", "2262-04-12T00:00:00Z"]
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "labels": st.dictionaries(st.text(min_size=1), TEXTS),
    "annotations": st.dictionaries(st.text(min_size=1), TEXTS),
    "startsAt": TIMES,
    "endsAt": TIMES,
    "generatorURL": TEXTS,
    "fingerprint": st.text(),
    "status": st.sampled_from(["firing", "resolved"]),
}
LIKELY = st.fixed_dictionaries({}, optional=FIELDS).map(lambda fields: alert(**fields))
WRONG = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)).map(lambda fields: alert(**fields))


@given(st.binary() | st.lists(LIKELY | WRONG | JSON, max_size=4).map(lambda told: json.dumps(webhook(*told)).encode()))
def test_a_body_is_read_within_bounds_or_refused(body: bytes) -> None:
    """No other error leaves: it would be ours, and Alertmanager would send the same again and again."""
    try:
        alerts = read_alerts(body, ARRIVAL)
    except InvalidInput:
        return
    for each in alerts:
        assert 0 <= each.starts_at_unix_nano <= ARRIVAL
        assert each.ends_at_unix_nano is None or 0 < each.ends_at_unix_nano <= ARRIVAL
        assert all(len(text) <= TEXT_CHARACTERS for text in (*each.labels.values(), *each.annotations.values()))


@given(st.lists(LIKELY, max_size=3))
def test_what_was_read_is_kept_as_it_was(told: list[dict[str, Any]]) -> None:
    """As a log record and back, whatever the words are."""
    try:
        alerts = read_alerts(json.dumps(webhook(*told)).encode(), ARRIVAL)
    except InvalidInput:
        return
    frame = Frame("logs", "protobuf", ARRIVAL, alerts_request(alerts).SerializeToString())
    decoded = decode(frame, Limits(), lambda _, __: "other")
    assert not decoded.rejections
    rows = decoded.tables.logs.to_pylist()
    again = [alert_of_log(json_object(row["attributes"]), row["observed_time_unix_nano"]) for row in rows]
    assert again == list(alerts)
