"""A webhook's body to Alerts, or a refusal that says what to change. Pure."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

import msgspec

from correlator.doors.alertmanager.document import AlertDocument, WebhookDocument
from correlator.doors.callbacks.timestamp import unix_nano
from correlator.errors import InvalidInput
from correlator.model.alert import Alert

TEXT_CHARACTERS: Final = 4_096
"""Of one label or annotation; the rest is cut off. 64 of each stay within what a record may hold by default."""


def read_alerts(body: bytes, arrival_unix_nano: int) -> tuple[Alert, ...]:
    """The alerts that a body tells of, each once. Raises InvalidInput for what is no webhook of version 4."""
    try:
        written = msgspec.json.decode(body, type=WebhookDocument)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"the body of {len(body)} bytes is no webhook of Alertmanager ({error}); see /openapi.json for its fields"
        ) from error
    except RecursionError as error:
        raise InvalidInput("the body nests too deep for a webhook of Alertmanager") from error
    alerts = (_alert(each, written.receiver, arrival_unix_nano) for each in written.alerts)
    return tuple({(alert.identity, alert.state): alert for alert in alerts}.values())


def _alert(told: AlertDocument, receiver: str, arrival_unix_nano: int) -> Alert:
    """Times beyond arrival are those of another clock; Go's zero time, in the year 1, is none."""
    ends = 0 if told.ends_at is None else unix_nano(told.ends_at)
    return Alert(
        fingerprint=told.fingerprint or _fingerprint(told.labels.items()),
        state=told.status,
        labels=_bounded(told.labels),
        annotations=_bounded(told.annotations),
        starts_at_unix_nano=max(0, min(unix_nano(told.starts_at), arrival_unix_nano)),
        ends_at_unix_nano=None if told.status == "firing" else _end(ends, arrival_unix_nano),
        generator_url=told.generator_u_r_l[:TEXT_CHARACTERS],
        receiver=receiver[:TEXT_CHARACTERS],
        heard_at_unix_nano=arrival_unix_nano,
    )


def _end(told_unix_nano: int, arrival_unix_nano: int) -> int:
    return min(told_unix_nano, arrival_unix_nano) if told_unix_nano > 0 else arrival_unix_nano


def _fingerprint(labels: Iterable[tuple[str, str]]) -> str:
    """Of an Alertmanager that tells none."""
    return blake2b(msgspec.json.encode(sorted(labels)), digest_size=8).hexdigest()


def _bounded(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text[:TEXT_CHARACTERS] for name, text in texts.items()}
