"""Processes of the live stack: started, found again by another program, ended, killed with all that they started."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.stack.__main__ import find_running
from tests.stack.process import ProcessRef, StackFailed, StackProcess

SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")
STARTS_ANOTHER = (
    sys.executable,
    "-c",
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(60)",
)


@pytest.fixture
def sleeping(tmp_path: Path) -> Iterator[StackProcess]:
    process = StackProcess("sleeper", SLEEPS, tmp_path)
    yield process
    process.stop()


def within_30s(is_true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not is_true():
        time.sleep(0.02)
    return is_true()


def test_a_pid_file_names_a_process_that_runs(sleeping: StackProcess, tmp_path: Path) -> None:
    """Another program finds the process by its file, with the log beside it, and can end it."""
    (found,) = find_running(tmp_path)
    assert (found.name, found.process.pid, found.log) == ("sleeper", sleeping.pid, sleeping.log)
    assert found.process.end()
    assert not sleeping.is_alive
    assert find_running(tmp_path) == []


def test_a_stale_pid_file_never_ends_anothers_process(sleeping: StackProcess, tmp_path: Path) -> None:
    """The pid is given anew: its process was not started when the file says, so it is not the file's."""
    stale = ProcessRef(sleeping.pid, ProcessRef.of(sleeping.pid).started_ticks - 1)
    stale.write(tmp_path / "sleeper.pid")
    assert find_running(tmp_path) == []
    assert not stale.end()
    assert sleeping.is_alive


@pytest.mark.parametrize("text", ["", "1234", "no pid", "12 34 56"])
def test_a_pid_file_that_says_no_start_names_nobody(tmp_path: Path, text: str) -> None:
    """A file that was cut short, or is of an older stack, ends nothing."""
    (tmp_path / "old.pid").write_text(text)
    assert find_running(tmp_path) == []


def test_a_kill_takes_all_that_the_process_started(tmp_path: Path) -> None:
    """A supervisor's workers are sessions of their own; a kill -9 of the stack's reaches them, too."""
    process = StackProcess("supervisor", STARTS_ANOTHER, tmp_path)
    assert within_30s(lambda: process.last_lines() != "")
    child = psutil.Process(int(process.last_lines()))
    process.kill()
    assert within_30s(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert not process.is_alive


def test_a_process_that_is_not_ready_in_time_is_ended(tmp_path: Path) -> None:
    """Nothing is left running, and the message says what it printed."""
    process = StackProcess("mute", ("bash", "-c", "echo why; sleep 60"), tmp_path)
    with pytest.raises(StackFailed, match=r"mute was not ready after 0\.5 s:\nwhy"):
        process.wait_until(lambda: False, 0.5)
    assert not process.is_alive
    assert find_running(tmp_path) == []


def test_a_process_that_ends_says_how(tmp_path: Path) -> None:
    """Its exit code and its last lines are the message."""
    process = StackProcess("failing", ("bash", "-c", "echo no such port; exit 3"), tmp_path)
    with pytest.raises(StackFailed, match="failing ended with 3:\nno such port"):
        process.wait_until(lambda: False, 30)


def test_an_ended_process_has_no_start(tmp_path: Path) -> None:
    """Nothing is alive under a pid that nobody has."""
    ended = subprocess.Popen(("true",))
    ended.wait()
    assert not ProcessRef.of(ended.pid).is_alive
