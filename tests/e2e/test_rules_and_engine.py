"""The engine and Prometheus, told the same minutes, call at the same minutes."""

from pathlib import Path
from random import Random
from typing import Literal

import numpy as np
import pytest
import yaml

from correlator.model.objective import SEVERITIES, Objective, Severity
from correlator.slo.alerting import alerts_over
from correlator.slo.minute_series import MinuteSeries, SeriesSums
from correlator.slo.rule_files import rule_texts
from correlator.slo.rule_files.counter_story import Stretch
from tests.e2e.promtool import PROMTOOL, WHY_SKIPPED, failed_tests, write_yaml
from tests.unit.slo.openslo.documents import GOOD, read

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason=WHY_SKIPPED)

LABELS = (
    'objective="bridge-availability", sloth_id="bridge-availability", sloth_service="bridge", sloth_slo="availability"'
)


def story(random: Random) -> list[Stretch]:
    """Some hours of calm, trickle, silence and trouble; whole events, as they are counted."""
    stretches = []
    for _ in range(8):
        events = random.choice([0, 1, 1, 20])
        failing = random.choice([0, 0, 1, events])
        stretches.append(Stretch(random.randint(5, 40), events, max(0, events - failing)))
    return stretches


def scraped(minutes: list[Stretch], name: Literal["events", "good"]) -> str:
    """A counter each half minute; it steps in the second half. So a window shows a minute whole, whether its first instant is
    taken in, as by Prometheus 2, or left out, as by 3. It has counted before: increase() guesses less of one near 0."""
    rates = np.concatenate([np.full(each.minutes, getattr(each, name)) for each in minutes])
    values = 1_000_000 + np.append(0, np.cumsum(rates)).astype(np.int64)
    return " ".join(str(value) for value in np.repeat(values, 2).tolist())


def calls(objective: Objective, severity: Severity, minutes: list[Stretch]) -> list[bool]:
    """Whether the engine calls, at the end of each minute."""
    total = np.concatenate([np.full(each.minutes, each.events) for each in minutes]).astype(np.float64)
    good = np.concatenate([np.full(each.minutes, each.good) for each in minutes]).astype(np.float64)
    sums = SeriesSums(MinuteSeries(0, good, total, np.ones(len(total), dtype=np.bool_)))
    ends = np.arange(1, len(total) + 1)
    windows = [each for each in objective.windows if each.severity == severity]
    return [bool(on) for on in np.any([alerts_over(sums, objective, each, ends) for each in windows], axis=0)]


@pytest.mark.parametrize("target", [0.999, 0.95])
@pytest.mark.parametrize("seed", [3, 4, 7])
def test_the_engine_and_prometheus_call_at_the_same_minutes(tmp_path: Path, seed: int, target: float) -> None:
    """At every minute of some random hours in which all is known: page and ticket, begun, frozen and ended."""
    objective = read(GOOD.replace("0.999", str(target)))
    for each in rule_texts([objective]):
        (tmp_path / each.name).write_text(each.text, encoding="utf-8")
    document = yaml.safe_load((tmp_path / "bridge-availability.test.yaml").read_text(encoding="utf-8"))
    minutes = story(Random(seed))
    document["tests"] = [
        {
            "interval": "30s",
            "input_series": [
                {"series": f"correlator_slo_events_total{{{LABELS}}}", "values": scraped(minutes, "events")},
                {"series": f"correlator_slo_good_events_total{{{LABELS}}}", "values": scraped(minutes, "good")},
            ],
            "promql_expr_test": [
                {
                    "expr": f'sum(ALERTS{{alertstate="firing", sloth_severity="{severity}"}}) or vector(0)',
                    "eval_time": f"{minute}m",
                    "exp_samples": [{"labels": "{}", "value": float(is_on)}],
                }
                for severity in SEVERITIES
                for minute, is_on in enumerate(calls(objective, severity, minutes), start=1)
            ],
        }
    ]
    assert failed_tests(write_yaml(tmp_path / "calls.test.yaml", document)) == ""
