"""Alerts as log records: that is how they are kept, and read again."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from correlator import semconv
from correlator.model.alert import Alert
from correlator.model.rows import json_object
from correlator.pipeline.stories.named_records import NamedRecords, find_named, windows_of
from correlator.store.contract import Reader

_ALERTS: Final = NamedRecords(
    "logs", "event_name", (semconv.ALERT_EVENT,), ("event_name", "attributes", "observed_time_unix_nano")
)


def read_alerts(reader: Reader, start_unix_nano: int, end_unix_nano: int) -> Iterator[Alert]:
    """All that was told of alerts which began in [start, end), newest first by and large; several of one alert."""
    for start, end in windows_of(reader.stats().logs, start_unix_nano, end_unix_nano):
        for row in find_named(reader, _ALERTS, start, end):
            alert = alert_of_log(json_object(row["attributes"]), row["observed_time_unix_nano"] or 0)
            if alert is not None:
                yield alert


def alert_of_log(attributes: Mapping[str, Any], heard_at_unix_nano: int) -> Alert | None:
    """What a stored record tells; None for one of that name which is not ours, whoever sent it."""
    state, starts = attributes.get(semconv.ALERT_STATE), attributes.get(semconv.ALERT_STARTS)
    labels, ends = attributes.get(semconv.ALERT_LABELS), attributes.get(semconv.ALERT_ENDS)
    if state not in ("firing", "resolved") or not isinstance(starts, int) or not isinstance(labels, dict):
        return None
    if not 0 <= starts <= heard_at_unix_nano:
        return None
    annotations = attributes.get(semconv.ALERT_ANNOTATIONS)
    return Alert(
        fingerprint=str(attributes.get(semconv.ALERT_FINGERPRINT, "")),
        state=state,
        labels=_texts(labels),
        annotations=_texts(annotations if isinstance(annotations, dict) else {}),
        starts_at_unix_nano=starts,
        ends_at_unix_nano=ends if isinstance(ends, int) else None,
        generator_url=str(attributes.get(semconv.ALERT_GENERATOR_URL, "")),
        receiver=str(attributes.get(semconv.ALERT_RECEIVER, "")),
        heard_at_unix_nano=heard_at_unix_nano,
    )


def _texts(written: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(text) for name, text in written.items()}
