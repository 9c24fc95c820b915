"""Threads that take jobs off some queues, until they are told to stop."""

import signal
import threading
from collections.abc import Iterable
from types import FrameType
from typing import Final

from correlator.demo.jobs.queues import JobQueues
from correlator.demo.jobs.storage import Run

STOP_S: Final = 10.0
"""How long a job that runs may go on after SIGTERM; then it is left, and another worker runs it again."""
CHECK_S: Final = 1.0


def consume(queues: JobQueues, names: Iterable[str], run: Run, threads: int) -> None:
    """Give every start of the queues `names` to `run`, on `threads` threads a queue, until SIGTERM or SIGINT.

    Only from the main thread. Returns once no job runs, or STOP_S after the signal.
    """
    stopping = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopping.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    consumers = [queues[name].make_consumer(run, threads) for name in names]
    for consumer in consumers:
        consumer.shutdown_timeout = STOP_S
        consumer.start()
    while not stopping.wait(CHECK_S):
        for consumer in consumers:
            consumer.check_worker_health()
    for consumer in consumers:
        consumer.stop_flag.set()
    for consumer in consumers:
        consumer.stop(graceful=True)
