"""Decoding in other processes: the same answers as in this one, and none of them left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.doors.decode_processes import DecodeProcesses
from correlator.doors.otlp_decode import Decoded, decode
from correlator.errors import InvalidInput, Unavailable
from correlator.model.limits import Limits
from correlator.store.contract import Frame

FIXTURES = Path(__file__).parents[2] / "fixtures" / "otlp"
FRAMES = [
    Frame("traces", "protobuf", 1_795_234_168_000_000_000, file.read_bytes()) for file in sorted(FIXTURES.glob("*.pb"))
]
BAD_SPAN = Frame(
    "traces", "json", 1, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "00", "spanId": "01"}]}]}]}'
)
RULES = tuple(DEFAULT_RULES)


@pytest.fixture
def processes() -> Iterator[DecodeProcesses]:
    decoding = DecodeProcesses(2, Limits(), RULES)
    yield decoding
    decoding.close()


def children() -> list[psutil.Process]:
    found = psutil.Process().children()
    return [child for child in found if "correlator.doors.decoder" in " ".join(child.cmdline())]


def decoded_here(frame: Frame) -> Decoded:
    return decode(frame, Limits(), partial(system_of, rules=RULES))


def test_answers_are_those_of_decode(processes: DecodeProcesses) -> None:
    """Tables and rejections alike, from several threads at once."""
    frames = [*FRAMES, BAD_SPAN] * 6
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(processes, frames))
    for frame, answer in zip(frames, answers, strict=True):
        expected = decoded_here(frame)
        assert answer.tables.spans.equals(expected.tables.spans)
        assert answer.rejections == expected.rejections
    assert answers[-1].rejections[0].reason == "bad_trace_id"


def test_what_is_no_otlp_is_refused_with_the_same_words(processes: DecodeProcesses) -> None:
    """And the process goes on."""
    nonsense = Frame("logs", "protobuf", 1, b"\xff" * 40)
    with pytest.raises(InvalidInput) as here:
        decoded_here(nonsense)
    with pytest.raises(InvalidInput) as there:
        processes(nonsense)
    assert str(there.value) == str(here.value)
    assert processes(FRAMES[0]).tables.spans.num_rows == 20


def test_a_decoder_that_dies_is_replaced(processes: DecodeProcesses) -> None:
    """Its request is to be sent again; the next one finds a process."""
    for child in children():
        child.kill()
        child.wait()
    failures = 0
    for _ in range(3):
        try:
            assert processes(FRAMES[0]).tables.spans.num_rows == 20
        except Unavailable:
            failures += 1
    assert failures == 1
    assert processes(FRAMES[0]).tables.spans.num_rows == 20


def test_a_decoder_whose_answer_cannot_be_read_is_replaced() -> None:
    """What is left of that answer would else be taken for the next request's."""
    decoding = DecodeProcesses(1, Limits(), RULES)
    (before,) = children()
    with pytest.raises(Unavailable):
        decoding(replace(FRAMES[0], arrival_unix_nano=2**80))  # more than the message to the decoder can hold
    (after,) = children()
    assert after.pid != before.pid
    assert decoding(FRAMES[0]).tables.spans.num_rows == 20
    decoding.close()


def test_signals_to_the_group_do_not_end_a_decoder(processes: DecodeProcesses) -> None:
    """Ctrl-C and a service manager's SIGTERM reach all processes; the engine still drains what it has."""
    processes(FRAMES[0])
    for child in children():
        child.send_signal(signal.SIGINT)
        child.send_signal(signal.SIGTERM)
    assert processes(FRAMES[0]).tables.spans.num_rows == 20
    assert processes(FRAMES[0]).tables.spans.num_rows == 20


def test_modules_in_the_working_folder_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m` would look there first, and an engine may be started anywhere."""
    (tmp_path / "msgspec.py").write_text("raise SystemExit('not the library')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    decoding = DecodeProcesses(1, Limits(), RULES)
    assert decoding(FRAMES[0]).tables.spans.num_rows == 20
    decoding.close()


def test_closing_ends_all() -> None:
    """Twice does no harm."""
    decoding = DecodeProcesses(2, Limits(), RULES)
    assert len(children()) == 2
    decoding.close()
    decoding.close()
    assert children() == []


def test_no_decoder_outlives_an_engine_that_was_killed() -> None:
    """Even by kill -9: the socket closes with its process."""
    program = (
        "import time; from correlator.doors.decode_processes import DecodeProcesses; from correlator.model.limits import Limits;"
        "DecodeProcesses(2, Limits(), ()); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        orphans = psutil.Process(parent.pid).children()
        assert len(orphans) == 2
        os.kill(parent.pid, signal.SIGKILL)
    until = time.monotonic() + 30
    while any(orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE for orphan in orphans):
        assert time.monotonic() < until
        time.sleep(0.05)
