"""A process of the stack: started with its output in a file, ended by its pid.

A pid alone may be another's by the time that it is read: with it goes the moment at which its process was started.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

END_S: Final = 15.0
POLL_S: Final = 0.1
_ZOMBIE: Final = "Z"


class StackFailed(Exception):
    """A part of the stack did not start, or is not there; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class ProcessRef:
    """A process that another program may have started. `started_ticks` is when, in clock ticks since the machine's start."""

    pid: int
    started_ticks: int

    @classmethod
    def of(cls, pid: int) -> "ProcessRef":
        """The process that has this pid now, or 0 ticks for one that is gone already."""
        known = _stat(pid)
        return cls(pid, 0 if known is None else known.started_ticks)

    @classmethod
    def read(cls, file: Path) -> "ProcessRef | None":
        """What `write` left; None where the file says nothing that can be read."""
        pid, _, started_ticks = file.read_text().partition(" ")
        try:
            return cls(int(pid), int(started_ticks))
        except ValueError:
            return None

    def write(self, file: Path) -> None:
        file.write_text(f"{self.pid} {self.started_ticks}")

    @property
    def is_alive(self) -> bool:
        """Whether it still runs; another process that has its pid by now is not it."""
        known = _stat(self.pid)
        return known is not None and known.started_ticks == self.started_ticks and known.state != _ZOMBIE

    def end(self, within_s: float = END_S) -> bool:
        """SIGTERM, and after `within_s` SIGKILL to what is left of its session. False where there was nothing to end."""
        if not self.is_alive:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and self.is_alive:
            time.sleep(POLL_S)
        _kill_session(self.pid)
        return True


@dataclass(frozen=True, slots=True)
class _Stat:
    """What /proc tells of a process; see proc(5)."""

    state: str
    started_ticks: int


def _stat(pid: int) -> _Stat | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return _Stat(fields[0], int(fields[19]))  # fields 3 and 22: the first two are cut off


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
        self._ref = ProcessRef.of(self.pid)
        self._ref.write(self._pid_file)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], within_s: float) -> None:
        """Return once `is_ready`; an exception in it counts as not yet.

        Raises StackFailed with the log's last lines, and leaves nothing running, where it ends or is not ready in time.
        """
        try:
            self._await(is_ready, within_s)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """SIGTERM, SIGKILL after END_S; returns once it is gone. Harmless when it is."""
        self._ref.end()
        self._process.wait()
        self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL to it and to all that it started, in whatever session: nothing is flushed."""
        if self.is_alive:
            for pid in (self.pid, *_descendants(self.pid)):
                _kill_session(pid)
        self._process.wait()
        self._pid_file.unlink(missing_ok=True)

    def last_lines(self, count: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def _await(self, is_ready: Callable[[], bool], within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if not self.is_alive:
                raise StackFailed(f"{self.name} ended with {self._process.returncode}:\n{self.last_lines()}")
            with suppress(Exception):
                if is_ready():
                    return
            time.sleep(POLL_S)
        raise StackFailed(f"{self.name} was not ready after {within_s:g} s:\n{self.last_lines()}")


def _kill_session(pid: int) -> None:
    """SIGKILL to all in the session that `pid` leads. Harmless where there is none."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
