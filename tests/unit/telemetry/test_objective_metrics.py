"""Objectives as Prometheus reads them."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from correlator.telemetry.objective_metrics import ObjectiveMetrics, ShownObjective

BRIDGE = ShownObjective(
    written_id="bridge-availability",
    id="bridge-availability",
    service="bridge",
    name="availability",
    target=0.999,
    events=12.0,
    good_events=11.0,
    budget_remaining=-0.5,
    coverage=0.25,
    burn_rates=[("5m", 2.0), ("1h", 1.0)],
    alerts=[("page", True), ("ticket", False)],
)
UNKNOWN = ShownObjective("each", "each-w1", "n8n", "w1", 0.9, 0.0, 0.0, None, 0.0, [], [])


def scraped(*objectives: ShownObjective, unshown: int = 0) -> list[str]:
    """The lines of values."""
    metrics, registry = ObjectiveMetrics(), CollectorRegistry(auto_describe=True)
    registry.register(metrics)
    metrics.show(objectives, unshown)
    assert generate_openmetrics(registry).decode().endswith("# EOF\n")  # type: ignore[no-untyped-call]
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_an_objective_is_two_counters_and_five_gauges() -> None:
    """With Sloth's labels; the counters also with the id that is written."""
    sloth = 'sloth_id="bridge-availability",sloth_service="bridge",sloth_slo="availability"'
    alert = sloth.removesuffix(',sloth_slo="availability"')
    assert scraped(BRIDGE) == [
        f'correlator_slo_events_total{{objective="bridge-availability",{sloth}}} 12.0',
        f'correlator_slo_good_events_total{{objective="bridge-availability",{sloth}}} 11.0',
        f"correlator_slo_objective_ratio{{{sloth}}} 0.999",
        f"correlator_slo_error_budget_remaining_ratio{{{sloth}}} -0.5",
        f"correlator_slo_coverage_ratio{{{sloth}}} 0.25",
        f'correlator_slo_burn_rate{{{sloth},window="5m"}} 2.0',
        f'correlator_slo_burn_rate{{{sloth},window="1h"}} 1.0',
        f'correlator_slo_alert_active{{{alert},sloth_severity="page",sloth_slo="availability"}} 1.0',
        f'correlator_slo_alert_active{{{alert},sloth_severity="ticket",sloth_slo="availability"}} 0.0',
        "correlator_slo_unshown_objectives 0.0",
    ]


def test_what_is_not_known_is_left_out() -> None:
    """No NaN: a panel that averages would show nothing."""
    lines = scraped(UNKNOWN, unshown=3)
    assert [line.split("{")[0].split(" ")[0] for line in lines] == [
        "correlator_slo_events_total",
        "correlator_slo_good_events_total",
        "correlator_slo_objective_ratio",
        "correlator_slo_coverage_ratio",
        "correlator_slo_unshown_objectives",
    ]
    assert 'objective="each",sloth_id="each-w1"' in lines[0]
    assert lines[-1].endswith(" 3.0")


def test_nothing_is_shown_before_something_is_handed_in() -> None:
    """But for what is over the bound."""
    assert scraped() == ["correlator_slo_unshown_objectives 0.0"]
