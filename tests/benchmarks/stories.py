"""What reading the whole story costs beside reading the one trace, in one run: python -m tests.benchmarks.stories.

CPU time of the process, median over many traces, none of them asked for twice: nothing is in a cache by that. Other work on the
machine does not count.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from correlator import semconv
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.stories.propagation import PropagationReader
from correlator.settings import load_settings
from correlator.store.contract import Frame
from correlator.store.segments import SegmentStore
from correlator.wiring import make_decode
from tests.benchmarks.generate import FIRST_START_UNIX_NANO
from tests.benchmarks.query import EVERYTHING, filled, newest_start
from tests.unit.pipeline.watch.watched import attributes

SECOND = 10**9
BROKEN = 500
SPANS_OF_PLAIN = 7


def main() -> None:
    """Fill a store, add executions whose context did not reach the bridge, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="correlator-bench-") as folder:
        store = filled(Path(folder) / "data", given.spans)
        add_broken_stories(store)
        random = Random(1)
        ids = sorted(
            {trace.hex() for trace in store.scan("traces", *EVERYTHING, ("trace_id",))["trace_id"].to_pylist()}
        )
        own = [trace for trace in random.sample(ids, 4 * given.runs) if not trace.startswith("0" * 16)]
        numbers = random.sample(range(BROKEN), 2 * given.runs)
        table = Table("question", "CPU, ms", "ratio", title=f"{given.spans:,} spans, {BROKEN} broken stories")
        investigator = Investigator(store)
        cases = (
            ("without ids", [plain_trace(number) for number in numbers]),
            ("with ids of its own", own),
            ("of a broken story", [n8n_trace(number) for number in numbers]),
        )
        for name, traces in cases:
            alone = cpu_ms([partial(investigator.trace, trace, story=False) for trace in traces[: given.runs]])
            story = cpu_ms([partial(investigator.trace, trace) for trace in traces[given.runs : 2 * given.runs]])
            table.add_row(f"trace {name}, alone", f"{alone:.2f}", "1.0")
            table.add_row(f"trace {name}, whole story", f"{story:.2f}", f"{story / alone:.1f}")
        end = newest_start(store) + 1
        reader = PropagationReader(store)
        seen = reader.read(end - 900 * SECOND, end)
        took = cpu_ms([lambda: reader.read(end - 900 * SECOND, end)] * 3)
        table.add_row(f"propagation of 15 min ({seen.spans:,} spans looked at)", f"{took:.0f}", "")
        store.close()
    Console().print(table)


def add_broken_stories(store: SegmentStore) -> None:
    """Of each the execution's spans and the bridge's trace, and beside it a trace that names no id; sealed."""
    decode = make_decode(load_settings())
    for number in range(BROKEN):
        for spans in (n8n_spans(number), bridge_spans(number), plain_spans(number)):
            body = json.dumps({"resourceSpans": [spans]}).encode()
            frame = Frame("traces", "json", FIRST_START_UNIX_NANO + number, body)
            store.append(frame, decode(frame).tables).result()
    store.seal()


def cpu_ms(works: Sequence[Callable[[], object]]) -> float:
    times = []
    for work in works:
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return 1_000 * statistics.median(times)


def plain_trace(number: int) -> str:
    return f"{10**6 + number:032x}"


def plain_spans(number: int) -> dict[str, object]:
    first = 10**6 + SPANS_OF_PLAIN * number
    spans = (
        _span(plain_trace(number), first + each, first if each else None, "GET", 1, 1) for each in range(SPANS_OF_PLAIN)
    )
    return _resource("bridge", *spans)


def n8n_trace(number: int) -> str:
    return f"{2 * number + 1:032x}"


def n8n_spans(number: int) -> dict[str, object]:
    ids = {semconv.N8N_EXECUTION_ID: str(number), semconv.N8N_WORKFLOW_ID: "one"}
    node = {semconv.N8N_NODE_TYPE: "n8n-nodes-base.httpRequest"}
    first = 4 * number + 1
    return _resource(
        "n8n",
        _span(n8n_trace(number), first, None, semconv.N8N_WORKFLOW_SPAN, number, 1, **ids),
        _span(n8n_trace(number), first + 1, first, semconv.N8N_NODE_SPAN, number, 1, **node),
    )


def bridge_spans(number: int) -> dict[str, object]:
    ids = {semconv.N8N_EXECUTION_ID: str(number)}
    return _resource("bridge", _span(f"{2 * number + 2:032x}", 4 * number + 3, None, "POST", number, 2, **ids))


def _resource(service: str, *spans: dict[str, object]) -> dict[str, object]:
    resource = {"attributes": attributes(**{semconv.SERVICE_NAME: service})}
    return {"resource": resource, "scopeSpans": [{"spans": list(spans)}]}


def _span(
    trace: str, number: int, parent: int | None, name: str, second: int, kind: int, **bag: str
) -> dict[str, object]:
    start = FIRST_START_UNIX_NANO + second * SECOND // 10
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "parentSpanId": "" if parent is None else f"{parent:016x}",
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + SECOND),
        "attributes": attributes(**bag),
    }


if __name__ == "__main__":
    main()
