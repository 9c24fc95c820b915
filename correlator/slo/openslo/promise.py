"""One entry of an SLO's `objectives`: its target and slices; and whether it can be watched at all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from correlator.model.objective import Budgeting, Objective, PrometheusRatio, RecordSource, Slices, Window
from correlator.rule_text.yaml_fields import Fields, one_of
from correlator.slo.openslo.indicator import Indicator
from correlator.slo.openslo.scalars import positive, shown_s, slice_s, slice_target, target, target_percent
from correlator.slo.windows import TIE, least_target, max_burn_rate, unreachable

PROMISE_KEYS: Final = (
    "target", "targetPercent", "displayName", "op", "value", "timeSliceTarget", "timeSliceWindow", "indicator", "indicatorRef",
)  # fmt: skip
_SLICE_KEYS: Final = ("timeSliceTarget", "timeSliceWindow")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an objective cannot be watched as it is written, and the key that says so; None is the whole entry."""

    message: str
    key: str | None = None


def target_in(fields: Fields) -> float | None:
    """The ratio at `target` or `targetPercent`."""
    if "target" in fields and "targetPercent" in fields:
        fields.wrong("target and targetPercent are both given; keep one", "targetPercent")
    if "targetPercent" in fields:
        return fields.optional("targetPercent", target_percent)
    return fields.required("target", target)


def slices_in(fields: Fields, budgeting: Budgeting) -> Slices | None:
    """The slices of time that the method needs; None for Occurrences, or where they are wrong."""
    if budgeting == "Occurrences":
        for key in _SLICE_KEYS:
            if key in fields:
                fields.wrong(f"{key} is of time slices, and budgetingMethod is Occurrences; leave it out", key)
        return None
    window_s = fields.required("timeSliceWindow", slice_s)
    if budgeting == "RatioTimeslices":
        if "timeSliceTarget" in fields:
            fields.wrong("RatioTimeslices counts each slice as it is; leave out timeSliceTarget", "timeSliceTarget")
        return None if window_s is None else Slices(window_s, None)
    reached = fields.required("timeSliceTarget", slice_target)
    return None if window_s is None or reached is None else Slices(window_s, reached)


def with_threshold(fields: Fields, indicator: Indicator) -> Indicator | None:
    """The indicator, with the latency that the entry allows put in where it is of latency."""
    if indicator.kind != "latency":
        for key in ("op", "value"):
            if key in fields:
                fields.wrong(f"{key} belongs to a thresholdMetric, and this SLI is a ratio; leave it out", key)
        return indicator
    if fields.required("op", one_of(("lte", "lt", "gte", "gt"), "op")) not in (None, "lte"):
        fields.wrong("of a latency, write lte: what takes exactly so long is good", "op")
    value = fields.required("value", positive)
    if value is None or not isinstance(indicator.source, RecordSource):
        return None
    return Indicator(replace(indicator.source, latency_ms=value), "latency")


def problems_of(objective: Objective, retention_s: int | None) -> Iterator[Problem]:
    """Every reason why nobody would ever be called, or nothing ever be known."""
    for window in unreachable(objective.windows, objective.target):
        yield _unreachable(window, objective.target)
    for window in objective.windows:
        if window.long_window_s > objective.period_s:
            what = f"the {window.severity} window of {shown_s(window.long_window_s)}"
            yield Problem(
                f"{what} is longer than the period of {objective.period_days}d; give a longer timeWindow, or alertPolicies of your own"
            )
    yield from _too_long(objective, retention_s)
    yield from _of_slices(objective)


def _unreachable(window: Window, promised: float) -> Problem:
    """The message names what would have to be changed."""
    name = f"{window.severity} window {shown_s(window.long_window_s)}/{shown_s(window.short_window_s)}"
    most = max_burn_rate(promised)
    least = ceil(least_target(window) * 10_000 * (1 - TIE)) / 10_000
    return Problem(
        f"the {name} can never fire: at {promised:g} the burn rate is {most:.3g} when everything fails, and its factor is "
        f"{window.factor:g}; raise the target to {least:g}, or give alertPolicies with a threshold below {most:.3g}",
        "target",
    )


def _too_long(objective: Objective, retention_s: int | None) -> Iterator[Problem]:
    if retention_s is None or not isinstance(objective.source, RecordSource) or objective.period_s <= retention_s:
        return
    kept = shown_s(retention_s - retention_s % 60)
    yield Problem(
        f"the period of {objective.period_days}d is longer than records are kept, {kept}; shorten timeWindow, or "
        "raise store.retention_age (on Elasticsearch: elasticsearch.retention)"
    )


def _of_slices(objective: Objective) -> Iterator[Problem]:
    if isinstance(objective.source, PrometheusRatio) and objective.slices is None:
        yield Problem(
            "a ratio of Prometheus tells no number of events: give good and total, or budgetingMethod: RatioTimeslices"
        )
    shortest = min((each.short_window_s for each in objective.windows), default=None)
    if objective.slices is not None and shortest is not None and objective.slices.window_s > shortest:
        yield Problem(
            f"a slice of {shown_s(objective.slices.window_s)} does not fit into the shortest window, {shown_s(shortest)}; shorten it",
            "timeSliceWindow",
        )
