"""How fast and how rightly objectives page, beside simpler rules: python -m tests.benchmarks.detection.

Generated histories with known outages, at several levels of traffic, many seeds each; every rule sees the same minutes. The
baselines: the SRE workbook's windows as they stand (no gates for low traffic, no freezing), and "error rate > 5 % for 5 min" as
Prometheus evaluates it once a minute. An outage begins with a minute; rules are evaluated at the end of each.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from correlator.model.objective import SEVERITIES, Objective, Severity
from correlator.slo.backtest import Calling, Detection, Waited, callings, detection
from correlator.slo.burn_rate import burn_rates
from correlator.slo.gates import TICKET_GATE
from correlator.slo.minute_series import MINUTE_NANO, Bools, MinuteSeries, SeriesSums
from correlator.slo.windows import MINUTE_S, TIE
from tests.benchmarks.histories import DAY, FIRST_MINUTE, Fault, History, Traffic, history
from tests.unit.slo.series import objective

LEAD_DAYS: Final = 4
"""Before anything goes wrong: the longest window, three days, is full by then."""
DAYS: Final = LEAD_DAYS + 8
MONTH_DAYS: Final = 30
NAIVE_RATIO, NAIVE_WINDOW, NAIVE_FOR = 0.05, 5, 5

TRAFFIC: Final = (
    Traffic("100 a second", 0.999, per_minute=6_000),
    Traffic("1 a second", 0.999, per_minute=60),
    Traffic("1 a minute", 0.999, per_minute=1),
    Traffic("1 each 10 minutes", 0.99, every=10),
)
ONE_OF_SIX: Final = Fault("1 failure in 6 runs", 1 / 6, 60, failures=1)
FAULTS: Final = (
    Fault("all fail for 1 h", 1.0, 60),
    Fault("5 % fail for 6 h", 0.05, 360),
    Fault("1 % fail for 1 d", 0.01, DAY),
    Fault("0.3 % fail for 5 d", 0.003, 5 * DAY),
    Fault("blip: all fail for 30 s", 1.0, 0.5),
    ONE_OF_SIX,
)
LOW: Final = (0.3, 0.6, 1.0, 1.3, 1.6, 2.0, 2.6, 3.5, 5.0, 8.0)
"""Events a minute, among which false tickets are looked for."""
REAL_SPENT: Final = 0.025
"""Of the period's budget, spent faster than allowed: more is an outage that somebody should hear of. The workbook's page spends 2 %."""
Rule = Callable[[Objective, MinuteSeries], Sequence[Calling]]


def main() -> None:
    """Make histories, run every rule over them, print what each was worth as tables of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="histories of each fault at each level of traffic")
    parser.add_argument("--months", type=int, default=100, help="healthy months at each level of traffic")
    parser.add_argument("--background", type=float, default=0.5, help="of the error budget, always being spent")
    parser.add_argument("--ticket-min-failures", type=int, default=TICKET_GATE.min_failures)
    parser.add_argument("--worst", action="store_true", help="only look for the traffic with the most false tickets")
    asked = vars(parser.parse_args())
    is_worst_only = asked.pop("worst")
    given = Plan(**asked)
    began, console = time.process_time(), Console(width=200)
    if is_worst_only:
        console.print(_worst_table(given))
        return
    found = {traffic: list(_with_faults(traffic, given)) for traffic in TRAFFIC}
    console.print(_waits_table(found))
    healthy = {traffic: list(_healthy(traffic, given)) for traffic in TRAFFIC}
    console.print(_worth_table(found, healthy))
    console.print(f"{time.process_time() - began:.0f} CPU s")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what is made, as asked for on the command line."""

    seeds: int
    months: int
    background: float
    ticket_min_failures: int

    def objective_of(self, traffic: Traffic) -> Objective:
        return objective(traffic.target, ticket_gate=replace(TICKET_GATE, min_failures=self.ticket_min_failures))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What each rule made of the histories of one fault. `spent` is its share of the period's error budget, at mean traffic."""

    fault: Fault
    spent: float
    is_real: bool
    by_rule: dict[str, list[Detection]]


def _with_faults(traffic: Traffic, plan: Plan) -> Iterator[Outcome]:
    one = plan.objective_of(traffic)
    for number, fault in enumerate(FAULTS):
        if fault is ONE_OF_SIX and not traffic.every:
            continue
        random = np.random.default_rng([TRAFFIC.index(traffic), number])
        ratio = plan.background * one.error_budget
        histories = [history(random, traffic, ratio, fault, DAYS, LEAD_DAYS) for _ in range(plan.seeds)]
        spent = fault.ratio * fault.minutes * MINUTE_S / (one.error_budget * one.period_s)
        is_real = spent > REAL_SPENT and fault.ratio > one.error_budget
        by_rule = {name: [_judged(rule, one, each) for each in histories] for name, rule in RULES.items()}
        yield Outcome(fault, spent, is_real, by_rule)


def _healthy(traffic: Traffic, plan: Plan) -> Iterator[dict[str, Detection]]:
    """Months in which nothing is wrong, judged from the day on at which the longest window is full."""
    one = plan.objective_of(traffic)
    random = np.random.default_rng([TRAFFIC.index(traffic), len(FAULTS)])
    for _ in range(plan.months):
        calm = history(random, traffic, plan.background * one.error_budget, None, LEAD_DAYS + MONTH_DAYS, LEAD_DAYS)
        yield {name: _judged(rule, one, calm) for name, rule in RULES.items()}


def _worst_table(plan: Plan) -> Table:
    """A gate lets most through where what it asks for is just what the budget allows in the longest window."""
    table = Table("events a minute, 99.9%", "failures allowed in three days", "false tickets a month", box=MARKDOWN)
    for per_minute in LOW:
        traffic = Traffic(f"{per_minute:g}", 0.999, per_minute=per_minute)
        one, random = plan.objective_of(traffic), np.random.default_rng(LOW.index(per_minute))
        ratio, days = plan.background * one.error_budget, LEAD_DAYS + MONTH_DAYS
        months = [history(random, traffic, ratio, None, days, LEAD_DAYS) for _ in range(plan.months)]
        tickets = sum(_judged(ours, one, each).precision("ticket").of for each in months)
        table.add_row(traffic.name, f"{per_minute * 3 * DAY * one.error_budget:.1f}", f"{tickets / plan.months:.2f}")
    return table


def _judged(rule: Rule, one: Objective, past: History) -> Detection:
    since = (FIRST_MINUTE + LEAD_DAYS * DAY) * MINUTE_NANO
    return detection([each for each in rule(one, past.series) if each.begins_unix_nano > since], past.outages)


def ours(one: Objective, series: MinuteSeries) -> Sequence[Calling]:
    """As the engine calls."""
    return callings(one, series, series.first_minute, series.first_minute + len(series.total))


def workbook(one: Objective, series: MinuteSeries) -> Sequence[Calling]:
    """Both burn rates over the factor, in any window of the severity; nothing else is asked."""
    sums, ends = SeriesSums(series), _ends(series)
    on = dict.fromkeys(SEVERITIES, np.zeros(len(ends), dtype=np.bool_))
    for window in one.windows:
        sizes = (window.long_window_s // MINUTE_S, window.short_window_s // MINUTE_S)
        over = [burn_rates(sums.over(size, ends), one) > window.factor * (1.0 + TIE) for size in sizes]
        on[window.severity] = on[window.severity] | (over[0] & over[1])
    pages = _callings(one, "page", on["page"])
    return [*pages, *_callings(one, "ticket", on["ticket"] & ~on["page"])]


def naive(one: Objective, series: MinuteSeries) -> Sequence[Calling]:
    """More than 5 % of five minutes' events failed, at each evaluation for five minutes."""
    with np.errstate(invalid="ignore"):
        is_over = SeriesSums(series).over(NAIVE_WINDOW, _ends(series)).error_ratio > NAIVE_RATIO
    place = np.arange(len(is_over))
    last_calm = np.maximum.accumulate(np.where(is_over, -1, place))
    return _callings(one, "page", is_over & (place - last_calm > NAIVE_FOR))


RULES: Final[dict[str, Rule]] = {"ours": ours, "workbook": workbook, "naive": naive}


def _ends(series: MinuteSeries) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return series.first_minute + 1 + np.arange(len(series.total))


def _callings(one: Objective, severity: Severity, on: Bools) -> list[Calling]:
    """Each run of True as a calling; with the severity's first window, whose short one is how late it may be right."""
    steps = np.diff(np.concatenate([[False], on, [False]]).astype(np.int8))
    window = next(each for each in one.windows if each.severity == severity)
    times = ((FIRST_MINUTE + 1 + np.flatnonzero(steps == step)) * MINUTE_NANO for step in (1, -1))
    return [
        Calling(one.id, severity, begin, end, window, 0.0)
        for begin, end in zip(*(each.tolist() for each in times), strict=True)
    ]


def _waits_table(found: dict[Traffic, list[Outcome]]) -> Table:
    columns = (
        "events",
        "what happens",
        "of budget",
        "page",
        "page or ticket",
        "workbook: page",
        "> 5 % for 5 min: page",
    )
    table = Table(*columns, box=MARKDOWN)
    for traffic, outcomes in found.items():
        for each in outcomes:
            cells = [_wait(each.by_rule["ours"], SEVERITIES[:1]), _wait(each.by_rule["ours"], SEVERITIES)]
            cells += [_wait(each.by_rule[name], SEVERITIES[:1]) for name in ("workbook", "naive")]
            spent = f"{each.spent:.1%}" + ("" if each.is_real else ", no outage")
            table.add_row(_promised(traffic), each.fault.name, spent, *cells)
    return table


def _wait(found: list[Detection], severities: Sequence[Severity]) -> str:
    """In how many histories somebody was called for it, and how long it waited: the median, and 9 of 10."""
    waits = [_first_wait_s(each.outages[0], severities) for each in found]
    noticed = [wait for wait in waits if wait is not None]
    if not noticed:
        return "0 %"
    middle, most = (_shown(float(np.quantile(noticed, share))) for share in (0.5, 0.9))
    return f"{len(noticed) / len(found):.0%}: {middle}, {most}"


def _first_wait_s(waited: Waited, severities: Sequence[Severity]) -> float | None:
    waits = {"page": waited.page_wait_s, "ticket": waited.ticket_wait_s}
    return min((wait for severity in severities if (wait := waits[severity]) is not None), default=None)


def _shown(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3_600 else f"{seconds / 3_600:.1f} h"


def _promised(traffic: Traffic) -> str:
    return f"{traffic.name}, {traffic.target:.1%}"


def _worth_table(found: dict[Traffic, list[Outcome]], healthy: dict[Traffic, list[dict[str, Detection]]]) -> Table:
    columns = (
        "events",
        "rule",
        "precision of pages",
        "outages paged",
        "paged or ticketed",
        "false pages",
        "false tickets",
    )
    table = Table(*columns, box=MARKDOWN)
    for traffic, outcomes in found.items():
        for name in RULES:
            of_outages = [each for one in outcomes if one.is_real for each in one.by_rule[name]]
            others = [each for one in outcomes if not one.is_real for each in one.by_rule[name]]
            months = [each[name] for each in healthy[traffic]]
            pages = sum(each.precision("page").of for each in (*of_outages, *others, *months))
            right = sum(each.precision("page").count for each in of_outages)
            cells = [_share(right, pages), *_noticed(of_outages)]
            cells += [f"{sum(each.precision(of).of for each in months) / len(months):.2f}" for of in SEVERITIES]
            table.add_row(_promised(traffic), name, *cells)
    return table


def _noticed(found: list[Detection]) -> Iterator[str]:
    """Of outages, by a page, and by either."""
    waited = [each.outages[0] for each in found]
    yield _share(sum(each.page is not None for each in waited), len(waited))
    yield _share(sum(each.page is not None or each.ticket is not None for each in waited), len(waited))


def _share(count: int, of: int) -> str:
    return f"{count / of:.1%}, {count} of {of}" if of else "no page"


if __name__ == "__main__":
    main()
