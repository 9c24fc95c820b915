"""Names in Prometheus: Sloth's, which dashboards read, ours beside them, and the engine's counters."""

from typing import Final

from correlator.slo.windows import MINUTE_S

EVENTS_COUNTER: Final = "correlator_slo_events_total"
GOOD_COUNTER: Final = "correlator_slo_good_events_total"
"""Counters of the engine, for each objective of its own records: events that its budget is counted in (slices of time, where
it is budgeted by time), and the good ones of them."""
CAUSE_INFO: Final = "correlator_incident_cause_info"
"""1 for each incident and objective that it concerns, with the labels incident, sloth_id, system, service, cause, link."""
INCIDENT_RATE: Final = "correlator_incident_failures_per_minute"
"""For each of these incidents: its failures a minute since it opened."""

SLOTH_ID: Final = "sloth_id"
SLOTH_SERVICE: Final = "sloth_service"
SLOTH_SLO: Final = "sloth_slo"
SLOTH_WINDOW: Final = "sloth_window"
SLOTH_SEVERITY: Final = "sloth_severity"
SHORT_WINDOW: Final = "short_window"
OBJECTIVE: Final = "objective"
"""On the counters: the objective's id as it is written. Of one for each workflow, `sloth_id` adds the workflow's id."""
IDENTITY: Final = (SLOTH_ID, SLOTH_SERVICE, SLOTH_SLO)

ALERT: Final = "ErrorBudgetBurn"
ACTIVE: Final = "slo:burn_alert:active"
COVERAGE: Final = "slo:coverage:ratio"
OBJECTIVE_RATIO: Final = "slo:objective:ratio"
ERROR_BUDGET: Final = "slo:error_budget:ratio"
PERIOD_DAYS: Final = "slo:time_period:days"
CURRENT_BURN_RATE: Final = "slo:current_burn_rate:ratio"
PERIOD_BURN_RATE: Final = "slo:period_burn_rate:ratio"
BUDGET_REMAINING: Final = "slo:period_error_budget_remaining:ratio"
INFO: Final = "sloth_slo_info"
SLOTH_VERSION: Final = "v0.16.0"
"""Whose names these are: tests compare with what that Sloth writes."""

_UNITS: Final = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", MINUTE_S))


def duration(seconds: int) -> str:
    """As Prometheus prints it, of whole minutes: 5m, 1h30m, 3d, 30d; weeks only where they are whole, 4w.

    >>> [duration(s) for s in (300, 5_400, 7_200, 2_592_000, 2_419_200)]
    ['5m', '1h30m', '2h', '30d', '4w']
    """
    if seconds % _UNITS[0][1] == 0:
        return f"{seconds // _UNITS[0][1]}w"
    text = ""
    for unit, length in _UNITS[1:]:
        count, seconds = divmod(seconds, length)
        text += f"{count}{unit}" if count else ""
    return text


def error_ratio(window_s: int) -> str:
    """Sloth's name of the SLI over a window."""
    return f"slo:sli_error:ratio_rate{duration(window_s)}"


def error_events(window_s: int) -> str:
    return f"slo:sli_error_events:increase{duration(window_s)}"


def total_events(window_s: int) -> str:
    return f"slo:sli_total_events:increase{duration(window_s)}"


def number(value: float) -> str:
    """The shortest that reads back as the same number."""
    return str(int(value)) if value == int(value) else repr(value)
