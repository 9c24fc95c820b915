"""A process that appends to a store until it is killed, and tells on stdout what was acknowledged.

Run as: crash_child.py FOLDER FIRST_NUMBER. Each line is a number; its records were durable before it was written.
"""

import os
import sys
import threading
import time
from concurrent.futures import Future
from itertools import count
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parents[2]))

from correlator.store.segments import SegmentStore
from tests.conformance.records import decode, frame_of, log, span, tables, trace_id

IN_FLIGHT = 8


structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger("warning"),
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),
)


def main(folder: Path, first: int) -> None:
    store = SegmentStore(
        folder, decode, seal_rows=60, merge_fan_in=3, log_file_bytes=2**16, min_free_bytes=0, upkeep_interval_s=0.01
    )
    places = threading.Semaphore(IN_FLIGHT)

    def acknowledge(number: int, done: "Future[int]") -> None:
        os.write(1, f"{number} {done.result()}\n".encode())
        places.release()

    for number in count(first):
        places.acquire()
        records = tables(spans=[span(trace_id(number), number)], logs=[log(number), log(number)])
        store.append(frame_of(records, time.time_ns()), records).add_done_callback(
            lambda done, n=number: acknowledge(n, done)
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
