"""What counting for objectives costs beside taking spans in: CPU seconds of this process, all threads, per million spans.

    python -m tests.benchmarks.ledger [--spans 400000] [--json]

Baseline, in the same run: a loop over events, as the property tests have it. A third of the spans are calls that count; the
objectives are the ready-made ones and ten more, one of them with a filter by attribute where the case says so. The cases: an
engine that takes a turn every 50,000 spans; one that finds all of them in segments as they were sealed, or merged, after it
was behind; and one in which every request came twice. What each case counted is compared with the loop before it counts.
"""

import argparse
import json
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import structlog
from rich.console import Console
from rich.table import Table

from correlator.model.objective import Objective, RecordSource
from correlator.model.outcome import MinuteChange, MinuteKey, Posting
from correlator.model.rows import json_object
from correlator.model.tables import Tables
from correlator.pipeline.slo.alerts import Alerts
from correlator.pipeline.slo.counting import Counting
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.remembered_minutes import RememberedMinutes
from correlator.pipeline.slo.written import written_objectives
from correlator.settings import Settings
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.selection import Event, Selection
from correlator.slo.span_counts import EVENTS_OF_KIND
from correlator.store.contract import Frame, LedgerCommit, LedgerState
from correlator.store.segments import SegmentStore
from correlator.wiring import make_decode
from tests.benchmarks.generate import requests
from tests.conformance.records import decode as generated
from tests.unit.pipeline.slo.told import MINUTE, NOW, execution, node, send
from tests.unit.slo.series import objective

EXECUTIONS: Final = 10_000
ALERTS: Final = 1_000
TURN_SPANS: Final = 50_000
PER: Final = 1_000_000
Totals = Counter[str]
T = TypeVar("T")


def main() -> None:
    """Run all cases and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=400_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    bodies = list(requests(3, given.spans, first_start_unix_nano=time.time_ns()))
    seconds = {name: taken * PER / given.spans for name, taken in measured(bodies).items()}
    if given.json:
        Console().print_json(json.dumps(seconds))
        return
    table = Table("work", "CPU s per million spans", "spans per CPU s", "share of taking in")
    taking_in = seconds["taken in: decoded, logged, sealed"]
    for name, taken in seconds.items():
        table.add_row(name, f"{taken:.3f}", f"{PER / taken:,.0f}", f"{taken / taking_in:.1%}")
    Console().print(table)
    spent_s, size = per_execution()
    Console().print(f"an execution with three nodes: {1e6 * spent_s:.0f} µs, {size:.0f} B in the catalog")
    Console().print(
        f"alerts of {ALERTS:,} objectives with events in 2,000 minutes: {alerts_of_a_minute():.2f} CPU s a minute"
    )


def measured(bodies: Sequence[bytes]) -> dict[str, float]:
    """CPU seconds of each work."""
    plain, filtered = objectives(), objectives(with_attributes=True)
    decode = make_decode(Settings())
    tables = [decode(frame(body)).tables for body in bodies[:1]]  # compiles
    tables, decode_s = timed(lambda: [decode(frame(body)).tables for body in bodies])
    expected, loop_s = timed(lambda: by_loop(tables, plain))
    found = {"decoded": decode_s, "taken in: decoded, logged, sealed": decode_s + stored(bodies, tables)}
    found["counted by a loop (baseline)"] = loop_s
    cases: dict[str, tuple[Sequence[Objective], bool, bool, bool]] = {
        "counted turn by turn": (plain, False, False, False),
        "the same, with a filter by attribute": (filtered, False, False, False),
        "every request twice, turn by turn": (plain, False, False, True),
        "caught up, from segments as sealed": (plain, True, False, False),
        "caught up, from merged segments": (plain, True, True, False),
    }
    for name, (in_force, is_behind, is_merged, is_twice) in cases.items():
        found[name] = counted(bodies, tables, in_force, expected, is_behind, is_merged, is_twice)
    return found


def objectives(*, with_attributes: bool = False) -> tuple[Objective, ...]:
    more = [
        objective(id=f"o{n}", source=RecordSource("server_calls", operation=f"*{noun}*", latency_ms=5.0 * n))
        for n, noun in enumerate(("orders", "jobs", "users", "runs", "api", "GET", "POST", "o", "s"), start=1)
    ]
    live = RecordSource("server_calls", attributes=(("cloud.region", "eu-*"),))
    return (*written_objectives([], None), *more, *([objective(id="live", source=live)] if with_attributes else []))


def counted(
    bodies: Sequence[bytes], tables: Sequence[Tables], in_force: Sequence[Objective], expected: Totals,
    is_behind: bool, is_merged: bool, is_twice: bool,
) -> float:  # fmt: skip
    """CPU seconds of counting alone."""
    with tempfile.TemporaryDirectory(prefix="correlator-ledger-") as folder:
        store = opened(Path(folder))
        counting = Counting(store, Objectives(in_force, store))
        spent_s, waiting = 0.0, 0
        for body, records in zip(bodies, tables, strict=True):
            for _ in range(2 if is_twice else 1):
                store.append(frame(body), records).result(30)
            waiting += records.spans.num_rows
            if waiting >= TURN_SPANS and not is_behind:
                spent_s, waiting = spent_s + timed(lambda: caught_up(counting))[1], 0
                while store.upkeep.seal_next():
                    pass
        if is_behind:
            settled(store, is_merged)
        spent_s += timed(lambda: caught_up(counting))[1]
        found = Counter({each: sums.total for each, sums in store.total_sums().items() if each in expected})
        assert found == expected, "what was counted is not what the loop counts"
        store.close()
        return spent_s


def per_execution() -> tuple[float, float]:
    """CPU seconds of counting one, of 20 workflows, from a segment, and the bytes that the ledger keeps of it at first."""
    with tempfile.TemporaryDirectory(prefix="correlator-ledger-") as folder:
        store = SegmentStore(Path(folder), generated, upkeep_interval_s=None)
        for first in range(0, EXECUTIONS, 200):
            send(store, *(span for number in range(first, first + 200) for span in execution_spans(number)))
        store.seal()
        counting = Counting(store, Objectives(objectives(), store))
        spent_s = timed(lambda: caught_up(counting))[1]
        assert sum(len(store.runs_of(each, EXECUTIONS)) for each in store.workflow_names()) == EXECUTIONS
        store.close()
        return spent_s / EXECUTIONS, (Path(folder) / "catalog.sqlite").stat().st_size / EXECUTIONS


def execution_spans(number: int) -> list[dict[str, Any]]:
    ended = NOW + number * 50_000_000
    nodes = [node(number, name, 3, ended=ended - before) for before, name in enumerate(("Send", "Map", "Fetch"))]
    return [*nodes, execution(number, ended=ended, workflow=f"w{number % 20}")]


def alerts_of_a_minute() -> float:
    """CPU seconds of asking all objectives once, from what is remembered of 30 days."""
    random = Random(3)
    with tempfile.TemporaryDirectory(prefix="correlator-ledger-") as folder:
        store = SegmentStore(Path(folder), generated, upkeep_interval_s=None)
        in_force = Objectives([objective(id=f"o{n}") for n in range(ALERTS)], store, None, RememberedMinutes(store))
        minutes = range(MINUTE, MINUTE + 43_200)
        for each in in_force.all():
            changes = {MinuteKey(each.id, minute): MinuteChange(9, 10) for minute in random.sample(minutes, 2_000)}
            in_force.commit(LedgerCommit(LedgerState(0), Posting({}, changes), known_minutes=minutes))
        alerts = Alerts(store, in_force)
        alerts.turn(minutes.stop * MINUTE_NANO + 1, ())
        spent_s = timed(lambda: alerts.turn((minutes.stop + 1) * MINUTE_NANO + 1, ()))[1]
        store.close()
        return spent_s


def caught_up(counting: Counting) -> None:
    while not counting.count_page(time.time_ns(), ()).is_end:
        pass


def by_loop(tables: Sequence[Tables], in_force: Sequence[Objective]) -> Totals:
    """Total events by objective, one event after the other."""
    selection, totals = Selection(in_force), Totals()
    columns = ["kind", "end_time_unix_nano", "start_time_unix_nano", "is_error", "system", "service_name", "name"]
    for records in tables:
        for row in records.spans.select([*columns, "attributes", "resource_attributes"]).to_pylist():
            if row["kind"] not in EVENTS_OF_KIND:
                continue
            attributes = json_object(row["attributes"])
            duration_ms = (row["end_time_unix_nano"] - row["start_time_unix_nano"]) / 1e6
            event = Event(
                EVENTS_OF_KIND[row["kind"]], "", row["end_time_unix_nano"], row["is_error"], duration_ms,
                row["system"], row["service_name"], row["name"], attributes=attributes,
            )  # fmt: skip
            totals.update(outcome.objective_id for outcome in selection.outcomes_of(event))
    return totals


def stored(bodies: Sequence[bytes], tables: Sequence[Tables]) -> float:
    """CPU seconds of taking decoded requests in, segments included."""
    with tempfile.TemporaryDirectory(prefix="correlator-ledger-") as folder:
        store = opened(Path(folder))

        def take() -> None:
            for body, records in zip(bodies, tables, strict=True):
                store.append(frame(body), records).result(30)
            settled(store, is_merged=False)

        spent_s = timed(take)[1]
        store.close()
        return spent_s


def opened(folder: Path) -> SegmentStore:
    decode = make_decode(Settings())
    return SegmentStore(folder, lambda each: decode(each).tables, upkeep_interval_s=None)


def settled(store: SegmentStore, is_merged: bool) -> None:
    store.seal()
    while is_merged and store.upkeep.merge_next():
        pass


def frame(body: bytes) -> Frame:
    return Frame("traces", "protobuf", time.time_ns(), body)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and CPU seconds of this process."""
    began = time.process_time()
    answer = work()
    return answer, time.process_time() - began


if __name__ == "__main__":
    main()
