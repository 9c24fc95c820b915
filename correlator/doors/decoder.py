"""The decoder as a process of its own: `python -m correlator.doors.decoder FD`.

Reads frames from the socket FD and answers with rejections and Arrow's IPC stream. It ends when the socket does, so that
no decoder outlives its engine, however that ended.
"""

import signal
import sys
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Final

import msgspec
import pyarrow as pa

from correlator.correlate.systems import SystemRule, system_of
from correlator.doors.otlp_decode import Decoded, decode
from correlator.errors import InvalidInput
from correlator.model.limits import Limits, Rejection
from correlator.model.tables import Tables
from correlator.store.contract import Frame

TABLES: Final = {"traces": "spans", "logs": "logs", "metrics": "metrics"}
"""Signal to the field of Tables that its records are in."""


class Instructions(msgspec.Struct, array_like=True, frozen=True):
    """The first message: what decode needs to know besides the frame."""

    limits: Limits
    rules: tuple[SystemRule, ...]


class FrameHead(msgspec.Struct, array_like=True, frozen=True):
    """Before each payload."""

    signal: str
    encoding: str
    arrival_unix_nano: int


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """Before the table: what was not kept; or, with no table to follow, why the whole request is refused."""

    rejections: tuple[Rejection, ...] = ()
    refused: str = ""


def send_frame(pipe: Connection, frame: Frame) -> None:
    """Ask the process at the other end."""
    pipe.send_bytes(msgspec.msgpack.encode(FrameHead(frame.signal, frame.encoding, frame.arrival_unix_nano)))
    pipe.send_bytes(frame.payload)


def receive_decoded(pipe: Connection, signal_name: str) -> Decoded:
    """Its answer. Raises InvalidInput as decode does, EOFError or OSError when the process is gone."""
    answer = msgspec.msgpack.decode(pipe.recv_bytes(), type=Answer)
    if answer.refused:
        raise InvalidInput(answer.refused)
    table = pa.ipc.open_stream(pa.py_buffer(pipe.recv_bytes())).read_all()
    return Decoded(Tables(**{TABLES[signal_name]: table}), answer.rejections)


def serve(pipe: Connection) -> None:
    """Answer until the engine closes the socket, or is gone."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        instructions = msgspec.msgpack.decode(pipe.recv_bytes(), type=Instructions)
        system = partial(system_of, rules=instructions.rules)
        while True:
            head = msgspec.msgpack.decode(pipe.recv_bytes(), type=FrameHead)
            frame = Frame(head.signal, head.encoding, head.arrival_unix_nano, pipe.recv_bytes())
            try:
                decoded = decode(frame, instructions.limits, system)
            except InvalidInput as error:
                pipe.send_bytes(msgspec.msgpack.encode(Answer(refused=str(error))))
                continue
            pipe.send_bytes(msgspec.msgpack.encode(Answer(decoded.rejections)))
            pipe.send_bytes(_ipc_stream(getattr(decoded.tables, TABLES[head.signal])))


def _ipc_stream(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return memoryview(sink.getvalue())


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group; when to end is the engine's to say
        signal.signal(each, signal.SIG_IGN)
    serve(Connection(int(sys.argv[1])))
