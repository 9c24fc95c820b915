"""What the process itself uses, as OTLP metrics of OpenTelemetry's names: processor time, memory, threads."""

import resource
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

from correlator.telemetry.server_request import SCOPE

CPU_TIME: Final = "process.cpu.time"
MEMORY_USAGE: Final = "process.memory.usage"
THREAD_COUNT: Final = "process.thread.count"
_CPU_MODE: Final = "cpu.mode"
_STATM: Final = Path("/proc/self/statm")


def observe_process(meter_provider: MeterProvider) -> None:
    """Report this process, asked anew for each export: in a forked one, the fork."""
    meter = meter_provider.get_meter(SCOPE)
    meter.create_observable_counter(CPU_TIME, [_cpu_time], "s", "Processor time, by mode.")
    meter.create_observable_up_down_counter(MEMORY_USAGE, [_memory], "By", "Resident memory.")
    meter.create_observable_up_down_counter(THREAD_COUNT, [_threads], "{thread}", "Threads that Python knows.")


def memory_bytes() -> int:
    """Resident memory of this process; where /proc is missing, the most that it ever was."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _cpu_time(_: CallbackOptions) -> Iterable[Observation]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return [Observation(used.ru_utime, {_CPU_MODE: "user"}), Observation(used.ru_stime, {_CPU_MODE: "system"})]


def _memory(_: CallbackOptions) -> Iterable[Observation]:
    return [Observation(memory_bytes())]


def _threads(_: CallbackOptions) -> Iterable[Observation]:
    return [Observation(threading.active_count())]
