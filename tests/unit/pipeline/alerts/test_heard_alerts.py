"""Alerts that were heard of."""

import time
from dataclasses import replace
from threading import Event

import pyarrow as pa
import pytest

from correlator.errors import StoreError
from correlator.model.alert import Alert
from correlator.pipeline.alerts import heard_alerts
from correlator.pipeline.alerts.heard_alerts import HeardAlerts, latest
from correlator.store.memory import MemoryStore

S = 10**9
FIRING = Alert("f", "firing", {"alertname": "A"}, {}, 100 * S, None, "", "", 110 * S)
OVER = replace(FIRING, state="resolved", ends_at_unix_nano=150 * S, heard_at_unix_nano=160 * S)


@pytest.mark.parametrize("told", [(FIRING, OVER), (OVER, FIRING)])
def test_the_last_word_counts_in_whatever_order_it_is_read(told: tuple[Alert, ...]) -> None:
    """What has resolved does not fire again."""
    heard = HeardAlerts()
    for each in told:
        heard.hear(each)
    assert heard.all() == latest(told) == (OVER,)
    assert heard.is_known(FIRING)


def test_over_the_bound_the_oldest_that_is_over_goes() -> None:
    """And it is known from when on all are here."""
    heard = HeardAlerts(lambda: 0, limit=2)
    for each in (FIRING, replace(OVER, fingerprint="g", starts_at_unix_nano=120 * S), replace(FIRING, fingerprint="h")):
        heard.hear(each)
    assert {each.fingerprint for each in heard.all()} == {"f", "h"}
    assert heard.is_complete_since == 120 * S + 1


def test_long_alerts_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook of 4 MiB may hold eight of half a million characters, and the next eight more."""
    monkeypatch.setattr(heard_alerts, "CHARACTERS", 1_000)
    heard = HeardAlerts(lambda: 0)
    long = [
        replace(FIRING, fingerprint=str(each), starts_at_unix_nano=each, annotations={"a": "x" * 400})
        for each in range(4)
    ]
    heard.hear(*long)
    assert heard.all() == (long[3], long[2])
    heard.hear(*(replace(each, annotations={"a": "y"}, heard_at_unix_nano=200 * S) for each in long))
    assert len(heard.all()) == 4
    assert heard.is_complete_since == 2


def test_forgetting_costs_no_square() -> None:
    """Each webhook may bring as many new alerts as are kept."""

    def seconds(count: int) -> float:
        heard = HeardAlerts(lambda: 0, limit=count)
        heard.hear(*(replace(FIRING, fingerprint=f"a{each}") for each in range(count)))
        more = [replace(FIRING, fingerprint=f"b{each}") for each in range(count)]
        began = time.thread_time()
        heard.hear(*more)
        return time.thread_time() - began

    assert min(seconds(8_000) for _ in range(3)) < 16 * min(seconds(1_000) for _ in range(3))


class Broken(MemoryStore):
    """Cannot be read the first time."""

    tries = 0

    def scan(self, *arguments: object) -> pa.Table:  # type: ignore[override]
        self.tries += 1
        if self.tries == 1:
            raise StoreError("damaged")
        return super().scan(*arguments)  # type: ignore[arg-type]


def test_recalling_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that cannot be read now may be later."""
    monkeypatch.setattr(heard_alerts, "RETRY_S", 0.01)
    store, heard = Broken(), HeardAlerts()
    before = heard.is_complete_since
    heard.recall(store, Event())
    assert store.tries == 2
    assert heard.is_complete_since < before
