"""Which executions the corpus is made of: every breakage with every fault where the pair makes sense."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

SEED: Final = 611953

CAUSES: Final[dict[str, tuple[str, ...]]] = {
    "none": (),
    "worker_exception": ("worker",),
    "slow_worker": ("worker",),
    "bridge_timeout": ("bridge",),
    "bad_gateway": ("other", "bridge"),
    "validation_error": ("bridge",),
    "dependency_refused": ("other", "worker"),
    "poison_job": ("worker",),
    "partial_success": ("worker",),
    "memory_pressure": ("worker",),
    "dropped_context": ("worker",),
    "dropped_job_context": ("worker",),
    "stale_deploy": ("worker",),
}
"""Fault to the system that fails first. Of a dependency that nobody observes, it or who called it: naming either is right.

A dropped context fails nothing by itself, so a worker's exception comes with it.
"""
FAILS_ONLY_WAITING: Final = ("slow_worker", "bridge_timeout")
"""Faults that fail nobody who does not wait: the callback comes late, and well."""
FAULT_HEADERS: Final = {
    "none": "",
    "dropped_context": "dropped_context,worker_exception",
    "dropped_job_context": "dropped_job_context,worker_exception",
}
"""What the driver asks of bridge and worker, where that is not the fault's own name."""
WORKFLOWS: Final = {
    "none": "plain",
    "node_retry": "retry",
    "continue_on_error": "ignore",
    "wait": "wait",
    "api_retry": "plain",
    "cancel": "sleep",
    "kill": "sleep",
    "sub_workflow": "parent",
    "queue_mode": "plain",
    "worker_kill": "sleep",
    "otel_off": "plain",
    "bad_traceparent": "plain",
    "late_root": "sleep",
}
"""Breakage to the workflow that the driver calls. All twelve, and none."""
PHASES: Final = {
    "main": (
        "wait",
        "none",
        "node_retry",
        "continue_on_error",
        "api_retry",
        "cancel",
        "sub_workflow",
        "bad_traceparent",
        "late_root",
    ),
    "kill": ("kill",),
    "untraced": ("otel_off",),
    "queue": ("queue_mode",),
    "worker_kill": ("worker_kill",),
}
"""What one start of n8n takes together."""
CRASHES: Final = ("kill", "worker_kill")
"""Breakages that are failures of n8n's own: what the bridge answered before, their workflow had survived."""
MODES: Final = ("wait", "callback")
"""Whether n8n's call waits for the worker's result, or the worker calls a second workflow with it."""
ENDS_WELL: Final = ("none", "partial_success")
BAD_TRACEPARENTS: Final = (
    "00-00000000000000000000000000000000-0000000000000000-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
    "01-{trace_id}-{span_id}-01",
    "",
)
CUSTOMERS: Final = ("acme", "globex", "initech", "umbrella", "wayne")
ORDERS: Final = 12
"""So few orders that executions close in time carry equal payloads, as a retry or a double click makes them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One execution to be started. `story` is its label; `causes` the systems of which one fails first, none where nothing does."""

    story: str
    phase: str
    breakage: str
    fault: str
    mode: str
    causes: tuple[str, ...]
    traceparent: str
    is_anonymous: bool
    order: dict[str, Any]

    @property
    def workflow(self) -> str:
        return WORKFLOWS[self.breakage]

    @property
    def fault_header(self) -> str:
        return FAULT_HEADERS.get(self.fault, self.fault)


def plan(seed: int = SEED) -> list[Case]:
    """All cases, in the order in which they are started within their phase."""
    chance = random.Random(seed)
    cases = [
        _case(index, phase, breakage, fault, mode, chance)
        for index, (phase, breakage, fault, mode) in enumerate(_combinations())
    ]
    chance.shuffle(cases)
    return sorted(cases, key=lambda case: case.breakage != "wait")  # a wait takes the longest: it starts first


def _combinations() -> Iterator[tuple[str, str, str, str]]:
    for phase, breakages in PHASES.items():
        for breakage in breakages:
            for fault in CAUSES:
                for mode in MODES:
                    if _makes_sense(breakage, fault, mode):
                        yield phase, breakage, fault, mode


def _makes_sense(breakage: str, fault: str, mode: str) -> bool:
    """An execution can be retried only when it failed, and n8n's own fails only when it waits for one that does."""
    return breakage != "api_retry" or (mode == "wait" and fault not in ENDS_WELL)


def _case(index: int, phase: str, breakage: str, fault: str, mode: str, chance: random.Random) -> Case:
    return Case(
        story=f"s{index:03d}",
        phase=phase,
        breakage=breakage,
        fault=fault,
        mode=mode,
        causes=_causes(breakage, fault, mode),
        traceparent=_traceparent(breakage, chance),
        is_anonymous=fault == "dropped_context" and mode == "wait",
        order=_order(chance),
    )


def _causes(breakage: str, fault: str, mode: str) -> tuple[str, ...]:
    if breakage in CRASHES:
        return ("n8n",)
    return () if mode == "callback" and fault in FAILS_ONLY_WAITING else CAUSES[fault]


def _traceparent(breakage: str, chance: random.Random) -> str:
    """What the driver sends: for bad_traceparent one that n8n cannot use, else a good one in a third of the cases."""
    ids = {"trace_id": f"{chance.getrandbits(128):032x}", "span_id": f"{chance.getrandbits(64) | 1:016x}"}
    if breakage == "bad_traceparent":
        return chance.choice(BAD_TRACEPARENTS).format(**ids)
    return "00-{trace_id}-{span_id}-01".format(**ids) if chance.random() < 1 / 3 else ""


def _order(chance: random.Random) -> dict[str, Any]:
    number = chance.randrange(ORDERS)
    return {"customer": CUSTOMERS[number % len(CUSTOMERS)], "order": 1_000 + number, "total": f"{20 + 7 * number}.00"}
