"""200 histories, minute by minute: Prometheus calls when the engine does, or the histories say why not.

The rules are evaluated by promtool, each minute of 160, on what scrapes every 30 s would have found. Nothing happens in the first half
of a minute, so that a window, which leaves its first instant out, shows both sides the same events where nothing is missing.
"""

import json
import logging
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pytest
import yaml

from correlator.model.objective import SEVERITIES, Severity
from correlator.slo.alerting import AlertState, alerts_now, alerts_over
from correlator.slo.minute_series import MINUTE_NANO, SeriesSums
from correlator.slo.rule_files import rule_texts
from correlator.slo.rule_files.names import EVENTS_COUNTER, GOOD_COUNTER
from correlator.slo.rule_files.recordings import CURRENT_S
from tests.e2e.peers import installed
from tests.e2e.prometheus_process import IS_THERE, WHY_SKIPPED
from tests.e2e.seen_by_prometheus import seen
from tests.e2e.slo_histories import MINUTE_MS, Bools, Counters, History, Shape, as_told, counters, drawn, recorded
from tests.unit.slo.openslo.documents import read
from tests.unit.slo.rule_files.built import PER_WORKFLOW
from tests.unit.slo.series import objective as of_records

pytestmark = [pytest.mark.skipif(not IS_THERE, reason=WHY_SKIPPED), pytest.mark.timeout(600)]  # to build promtool

MINUTES: Final = 160
INTERVAL_S: Final = 30
PLAIN: Final = 100
SHAPE: Final = Shape(MINUTES, INTERVAL_S, quiet_s=INTERVAL_S, is_on_grid=True)
SHAPES: Final = [replace(SHAPE, is_plain=number < PLAIN) for number in range(200)]
FIRST_SEED: Final = 10_000
OBJECTIVE: Final = of_records()
FIRING: Final = 'sum by (sloth_id, sloth_severity) (ALERTS{alertstate="firing"})'
FOUND: Final = re.compile(r"time: (?:(\d+)h)?(?:(\d+)m)?,\n *exp: nil\n *got: (.*)\n")
ALERT: Final = re.compile(r'\{sloth_id="w(\d+)", sloth_severity="(\w+)"\} 1E\+00')
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Called:
    """Of one history, whether the page and the ticket are on at each minute's end, (minutes,)."""

    history: History
    counters: Counters
    ours: dict[Severity, Bools]


@pytest.fixture(scope="module")
def all_called() -> list[Called]:
    return [called(drawn(FIRST_SEED + number, shape)) for number, shape in enumerate(SHAPES)]


def called(history: History) -> Called:
    """What the engine says at each minute's end, of what it was told by then."""
    if history.is_told_once_in_time:
        on = evaluated(SeriesSums(recorded(history, 0, OBJECTIVE)))
    else:
        on = evaluated_as_told(history)
    return Called(history, counters(history), on)


def evaluated(sums: SeriesSums) -> dict[Severity, Bools]:
    """All minutes at once."""
    on = {severity: np.zeros(MINUTES, dtype=np.bool_) for severity in SEVERITIES}
    for window in OBJECTIVE.windows:
        on[window.severity] |= alerts_over(sums, OBJECTIVE, window, np.arange(1, MINUTES + 1))
    return on


def evaluated_as_told(history: History) -> dict[Severity, Bools]:
    """Minute by minute."""
    on = {severity: np.zeros(MINUTES, dtype=np.bool_) for severity in SEVERITIES}
    state = AlertState(())
    for minute, series in enumerate(as_told(history, 0, OBJECTIVE)):
        state = alerts_now(SeriesSums(series), OBJECTIVE, state.on, (minute + 1) * MINUTE_NANO)
        for severity in SEVERITIES:
            on[severity][minute] = state.is_on(severity)
    return on


@pytest.fixture(scope="module")
def theirs(all_called: list[Called], tmp_path_factory: pytest.TempPathFactory) -> dict[Severity, Bools]:
    """Whether Prometheus's alert is on at each minute's end. By severity, (histories, minutes)."""
    folder = tmp_path_factory.mktemp("promtool")
    objective = read(PER_WORKFLOW)
    for each in rule_texts([objective]):
        (folder / each.name).write_text(each.text, encoding="utf-8")
    document = yaml.safe_load((folder / f"{objective.id}.test.yaml").read_text(encoding="utf-8"))
    asked = [{"expr": FIRING, "eval_time": f"{minute}m", "exp_samples": []} for minute in range(1, MINUTES + 1)]
    inputs = [each for number, one in enumerate(all_called) for each in input_series(number, one.counters)]
    document["tests"] = [{"interval": f"{INTERVAL_S}s", "input_series": inputs, "promql_expr_test": asked}]
    file = folder / "histories.test.yaml"
    file.write_text(json.dumps(document), encoding="utf-8")  # which is YAML
    command = [str(installed("install-prometheus.sh", "promtool")), "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    return firing(done.stdout + done.stderr, len(all_called))


def firing(told: str, histories: int) -> dict[Severity, Bools]:
    """What promtool found to fire though nothing was expected to. By severity, (histories, minutes)."""
    on = {severity: np.zeros((histories, MINUTES), dtype=np.bool_) for severity in SEVERITIES}
    for hours, minutes, alerts in FOUND.findall(told):
        for number, severity in ALERT.findall(alerts):
            on[severity][int(number), int(hours or 0) * 60 + int(minutes or 0) - 1] = True
    return on


def input_series(number: int, found: Counters) -> Iterator[dict[str, str]]:
    """In promtool's notation: a value for each scrape, `_` where there was none."""
    places = (found.times_ms // (INTERVAL_S * 1_000)).tolist()
    labels = f'objective="bridge-availability", sloth_id="w{number}", sloth_service="bridge", sloth_slo="w{number}"'
    for counter, values in ((EVENTS_COUNTER, found.total), (GOOD_COUNTER, found.good)):
        told = ["_"] * (MINUTES * 60 // INTERVAL_S + 1)
        for place, value in zip(places, values.tolist(), strict=True):
            told[place] = f"{value:.0f}"
        yield {"series": f"{counter}{{{labels}}}", "values": " ".join(told)}


def test_where_both_see_the_same_events_they_call_at_the_same_minutes(
    all_called: list[Called], theirs: dict[Severity, Bools]
) -> None:
    """Page and ticket, begun, frozen and ended: in histories without gaps, new beginnings, or what was told late or anew."""
    for severity in SEVERITIES:
        ours = np.array([each.ours[severity] for each in all_called])
        assert np.argwhere((ours != theirs[severity])[:PLAIN]).tolist() == []
        assert ours[:PLAIN].any(axis=1).sum() > 20 and (~ours[:PLAIN]).any(axis=1).sum() > 20
        tell(f"{severity}, all seen by both", ours[:PLAIN], theirs[severity][:PLAIN])
        tell(f"{severity}, others", ours[PLAIN:], theirs[severity][PLAIN:])


def test_elsewhere_each_difference_begins_with_something_that_one_side_did_not_see(
    all_called: list[Called], theirs: dict[Severity, Bools]
) -> None:
    """The minute at which they part, a window of the severity holds what Prometheus missed, or saw at another time."""
    reasons: Counter[str] = Counter()
    for severity in SEVERITIES:
        for number, each in enumerate(all_called):
            differ = each.ours[severity] != theirs[severity][number]
            for minute in np.flatnonzero(differ & ~np.append(False, differ[:-1])).tolist():
                found = why(each, severity, minute + 1)
                assert found, f"{severity} of w{number} at {minute + 1}m"
                reasons.update(found)
    log.info("differences begin where windows hold: %s", dict(reasons))
    assert reasons.total() > 10


def tell(what: str, ours: Bools, theirs: Bools) -> None:
    """How it came out, for docs/how-to/alert-from-prometheus.md."""
    began = (each & ~np.pad(each, ((0, 0), (1, 0)))[:, :-1] for each in (ours, theirs))
    our_begins, their_begins = began
    differ = ours != theirs
    log.info(
        "%s: %d begin in the engine, %d of them in the same evaluation of Prometheus, %d there alone; on for %d minutes; of %d minutes %d"
        " differ, in %d histories",
        what, our_begins.sum(), (our_begins & their_begins).sum(), (their_begins & ~our_begins).sum(), ours.sum(),
        ours.size, differ.sum(), differ.any(axis=1).sum(),
    )  # fmt: skip


def why(called: Called, severity: Severity, minute: int) -> set[str]:
    """What either window of the severity holds that the two sides see differently."""
    found: set[str] = set()
    for window in (each for each in OBJECTIVE.windows if each.severity == severity):
        for window_s in (window.long_window_s, window.short_window_s):
            begin_ms, end_ms = minute * MINUTE_MS - window_s * 1_000, minute * MINUTE_MS
            of_window = seen(called.history, called.counters, begin_ms, end_ms)
            found |= of_window.bounds.keys() | gaps(called.counters, begin_ms - CURRENT_S * 1_000, end_ms)
            if not of_window.ratio_exists and has_events(called.history, begin_ms, end_ms):
                found.add("not seen at all")
    return found


def gaps(found: Counters, begin_ms: int, end_ms: int) -> set[str]:
    """Whether a scrape was missed: then Prometheus knows less of the window."""
    scrapes = int(((found.times_ms > begin_ms) & (found.times_ms <= end_ms)).sum())
    return {"gap"} if scrapes < (end_ms - max(begin_ms, 0)) // (INTERVAL_S * 1_000) else set()


def has_events(history: History, begin_ms: int, end_ms: int) -> bool:
    return bool(((history.happened_ms >= begin_ms) & (history.happened_ms < end_ms)).any())
