"""What a child process does for its parent: says when it is ready, and ends when the parent ends."""

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from correlator.telemetry import Pace

DEMO_PACE: Final = Pace(spans_s=0.1, logs_s=0.1, metrics_s=1.0, export_timeout_s=1.0)
"""A demo shows its telemetry at once, and does not wait long for an engine that is gone."""


def announce_ready(**fields: str) -> None:
    """Print the one line that the parent waits for: `{"ready": true, ...}`."""
    sys.stdout.write(json.dumps({"ready": True, **fields}) + "\n")
    sys.stdout.flush()


def run_as_child(run: Callable[[], None], ends_with_stdin: bool, folder: str = "") -> None:
    """Run until SIGTERM or, with `ends_with_stdin`, until the parent is gone: then its `folder`, which nobody else would
    remove, goes too (empty: none).

    The parent holds the other end of stdin and never writes: end of file means that it died, however it died.
    """
    signal.signal(signal.SIGTERM, _exit)  # uvicorn restores this and raises the signal again once it has stopped
    orphaned = threading.Event()
    if ends_with_stdin:
        threading.Thread(target=_end_on_eof, args=(orphaned,), daemon=True).start()
    try:
        run()
    finally:
        if orphaned.is_set() and folder:
            shutil.rmtree(folder, ignore_errors=True)


def _end_on_eof(orphaned: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    orphaned.set()
    os.kill(os.getpid(), signal.SIGTERM)


def _exit(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)
