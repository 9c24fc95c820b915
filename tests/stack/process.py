"""A process of the stack: started with its output in a file, ended by its pid."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

END_S: Final = 15.0
POLL_S: Final = 0.1


class StackFailed(Exception):
    """A part of the stack did not start, or is not there; the message says which and what to do."""


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class StackProcess:
    """One process in a session of its own. `log` takes what it prints, its pid lies beside it."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._pid_file = folder / f"{name}.pid"
        folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        self._pid_file.write_text(str(self.pid))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], within_s: float) -> None:
        """Return once `is_ready`; an exception in it counts as not yet. Raises StackFailed with the log's last lines."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if not self.is_alive:
                raise StackFailed(f"{self.name} ended with {self._process.returncode}:\n{self.last_lines()}")
            with suppress(Exception):
                if is_ready():
                    return
            time.sleep(POLL_S)
        raise StackFailed(f"{self.name} was not ready after {within_s:g} s:\n{self.last_lines()}")

    def stop(self) -> None:
        """SIGTERM, SIGKILL after END_S; returns once it is gone. Harmless when it is."""
        end_process(self.pid, self._process)
        self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL to it and all it started, at once: nothing is flushed."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._pid_file.unlink(missing_ok=True)

    def last_lines(self, count: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def end_process(pid: int, process: "subprocess.Popen[bytes] | None" = None) -> bool:
    """End the process of that pid, and what is left of its session. False where there was none."""
    if not _signal(pid, signal.SIGTERM):
        return False
    deadline = time.monotonic() + END_S
    while time.monotonic() < deadline and _runs(pid, process):
        time.sleep(POLL_S)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    if process is not None:
        process.wait()
    return True


def _signal(pid: int, signum: signal.Signals) -> bool:
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return False
    return True


def _runs(pid: int, process: "subprocess.Popen[bytes] | None") -> bool:
    if process is not None:
        return process.poll() is None
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
