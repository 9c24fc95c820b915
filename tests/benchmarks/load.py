"""A cheap OTLP/HTTP client: prebuilt requests over raw sockets, so that the server is what is measured."""

import multiprocessing
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedReader
from multiprocessing.connection import Connection
from threading import Thread

import psutil


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the client saw. `statuses` counts answers; `client_cpu_s` is its process's own CPU time."""

    seconds: float
    client_cpu_s: float
    statuses: dict[int, int]


def send_all(address: str, bodies: Sequence[bytes], *, connections: int = 4) -> Load:
    """Post every body to /v1/traces of `host:port` from a process of its own, over `connections` kept-alive connections.

    An answer of 429 or 503 is obeyed and the request sent again, as an exporter does.
    """
    here, there = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_client, args=(there, address, bodies, connections))
    process.start()
    load: Load = here.recv()
    process.join()
    return load


def _client(result: Connection, address: str, bodies: Sequence[bytes], connections: int) -> None:
    statuses: Counter[int] = Counter()
    threads = [
        Thread(target=_connection, args=(address, bodies[first::connections], statuses)) for first in range(connections)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cpu = psutil.Process().cpu_times()
    result.send(Load(time.perf_counter() - started, cpu.user + cpu.system, dict(statuses)))


def _connection(address: str, bodies: Sequence[bytes], statuses: "Counter[int]") -> None:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port))) as connection, connection.makefile("rb") as answers:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for body in bodies:
            while (status := post(connection, answers, body)) in (429, 503):
                statuses[status] += 1
                time.sleep(0.05)
            statuses[status] += 1


def post(connection: socket.socket, answers: BufferedReader, body: bytes) -> int:
    """Send one OTLP trace request on a kept-alive connection; the status of the answer."""
    head = (
        b"POST /v1/traces HTTP/1.1\r\nHost: load\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n"
    )
    connection.sendall(head % len(body) + body)
    return _read_answer(answers)


def _read_answer(answers: BufferedReader) -> int:
    status = int(answers.readline().split(b" ", 2)[1])
    length = 0
    chunked = False
    while (line := answers.readline().strip().lower()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
        chunked = chunked or line == b"transfer-encoding: chunked"
    if not chunked:
        answers.read(length)
        return status
    while (size := int(answers.readline(), 16)) > 0:
        answers.read(size + 2)
    answers.readline()
    return status
