"""The faults that a worker can be asked for. Each does what really goes wrong then, before the job's own work."""

import os
import resource
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from opentelemetry import trace

from correlator.demo import faults
from correlator.demo.jobs.job import Job

LATE_S: Final = 0.5  # past what the caller waits
POISON_EXIT_CODE: Final = 70  # EX_SOFTWARE of sysexits.h
PRESSURE_BYTES: Final = 64 * 1024 * 1024  # how much more memory the job may take
CHUNK_BYTES: Final = 8 * 1024 * 1024
SHOWN_S: Final = 1.2  # at the peak, a little longer than metrics are apart in a demo

tracer = trace.get_tracer("correlator.demo.worker")


def strike(job: Job) -> None:
    """Let the job's fault happen, if it is the worker's. Raises what then is raised; may not return at all."""
    for fault in faults.names_in(job.fault):
        if fault in _STRIKES:
            _STRIKES[fault](job)


def spoil(job: Job) -> Job:
    """The job as its work is to see it: under partial_success, three items of which the second says nothing."""
    if faults.PARTIAL_SUCCESS not in faults.names_in(job.fault):
        return job
    first: Any = job.input[0] if isinstance(job.input, list) and job.input else job.input
    return replace(job, input=[first, {}, first])


def _meet_bug(job: Job) -> None:
    with tracer.start_as_current_span("compute_discount"):
        prices = {"net": "12,50"}  # what a German form sends, and what nobody tested
        float(prices["net"])


def _dawdle(job: Job) -> None:
    with tracer.start_as_current_span("lock_customer"):
        time.sleep(job.timeout_s + LATE_S)


def _connect_to_nobody(job: Job) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # bound, so that nobody else gets the port; never listening, so that it refuses
        address = unheard.getsockname()
        attributes = {"server.address": address[0], "server.port": address[1]}
        with tracer.start_as_current_span("connect_archive", kind=trace.SpanKind.CLIENT, attributes=attributes):
            socket.create_connection(address, timeout=2.0).close()


def _die(job: Job) -> None:
    os._exit(POISON_EXIT_CODE)


def _fill_memory(job: Job) -> None:
    """Grow into a limit on the address space; the limit is lifted again whatever happens."""
    limits = resource.getrlimit(resource.RLIMIT_AS)
    with tracer.start_as_current_span("load_attachments"):
        resource.setrlimit(resource.RLIMIT_AS, (_address_space_bytes() + PRESSURE_BYTES, limits[1]))
        try:
            _grow()
        finally:
            resource.setrlimit(resource.RLIMIT_AS, limits)


def _grow() -> None:
    attachments = []
    while True:
        try:
            attachments.append(bytearray(CHUNK_BYTES))
        except MemoryError:
            time.sleep(SHOWN_S)
            raise


def _address_space_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


_STRIKES: Final[Mapping[str, Callable[[Job], None]]] = {
    faults.WORKER_EXCEPTION: _meet_bug,
    faults.SLOW_WORKER: _dawdle,
    faults.DEPENDENCY_REFUSED: _connect_to_nobody,
    faults.POISON_JOB: _die,
    faults.MEMORY_PRESSURE: _fill_memory,
}
