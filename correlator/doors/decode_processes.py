"""Decoding in processes of its own.

The decoder is a Python loop: within the engine's process it and the doors would take turns at one interpreter lock. A
decoder that does not hold the lock would make this room unnecessary.
"""

import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from queue import LifoQueue
from typing import Final

import msgspec
import structlog

from correlator.correlate.systems import SystemRule
from correlator.doors.decoder import Instructions, receive_decoded, send_frame
from correlator.doors.otlp_decode import Decoded
from correlator.errors import InvalidInput, Unavailable
from correlator.model.limits import Limits
from correlator.store.contract import Frame

LOG = structlog.get_logger(__name__)
END_S: Final = 2.0  # for a process to notice that its socket is closed; it takes milliseconds


class DecodeProcesses:
    """`decode` in `count` processes, at least one; as many calls at once, further ones wait. Safe from any thread."""

    def __init__(self, count: int, limits: Limits, rules: tuple[SystemRule, ...]) -> None:
        self._instructions = Instructions(limits, rules)
        self._count = count
        self._idle: LifoQueue[_Process] = LifoQueue()
        for _ in range(count):
            self._idle.put(_Process(self._instructions))

    def __call__(self, frame: Frame) -> Decoded:
        """Raises InvalidInput as decode does. Unavailable when the process died of it, or its answer was not read to the
        end: what it says next would belong to this request, so another takes its place."""
        process = self._idle.get()
        try:
            return process.decode(frame)
        except InvalidInput:
            raise
        except Exception as error:
            reason, exit_code = type(error).__name__, process.end()
            LOG.error("decoder_lost", signal=frame.signal, size=len(frame.payload), reason=reason, exit_code=exit_code)
            process = _Process(self._instructions)
            raise Unavailable("the process that decoded the request was lost; send it again") from error
        finally:
            self._idle.put(process)

    def close(self) -> None:
        """End the processes as they become idle, when no more frames come. Idempotent."""
        while self._count:
            self._idle.get().end()
            self._count -= 1


class _Process:
    """One decoder, and our end of the socket to it."""

    def __init__(self, instructions: Instructions) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            # -P: a msgspec.py or queue.py that lies in the working folder is not ours to import.
            command = [sys.executable, "-P", "-m", "correlator.doors.decoder", str(number)]
            self._process = subprocess.Popen(command, pass_fds=[number], stdin=subprocess.DEVNULL)
        self._pipe = Connection(ours.detach())
        self._pipe.send_bytes(msgspec.msgpack.encode(instructions))

    def decode(self, frame: Frame) -> Decoded:
        send_frame(self._pipe, frame)
        return receive_decoded(self._pipe, frame.signal)

    def end(self) -> int:
        """Close the socket, wait for the process; its exit code."""
        self._pipe.close()
        try:
            return self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
