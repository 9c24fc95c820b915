"""OTLP over HTTP with senders that misbehave, over raw sockets: each is answered or let go, and harms no other."""

import re
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse

import httpx
import pytest

from correlator import listener
from correlator.model.limits import Limits
from correlator.telemetry.metrics import EngineMetrics
from tests.e2e.doors import Doors, running_doors
from tests.unit.doors.small_engine import SmallWriter, request_body, small_recorder

LIMITS = Limits(body_bytes=100_000, inflated_bytes=400_000)
PROTOBUF = {"content-type": "application/x-protobuf"}


@contextmanager
def open_doors(*, body_timeout_s: float = 10.0, max_buffered_bytes: int = 2**20) -> Iterator[Doors]:
    metrics = EngineMetrics()
    recorder = small_recorder(SmallWriter(), metrics)
    bounds = {"body_timeout_s": body_timeout_s}
    with running_doors(recorder, metrics, LIMITS, **bounds, max_buffered_bytes=max_buffered_bytes) as doors:
        yield doors


@contextmanager
def sender(doors: Doors, *headers: str, path: str = "/v1/traces") -> Iterator[socket.socket]:
    """A connection on which the head of a POST was sent."""
    host, _, port = doors.http.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        head = [f"POST {path} HTTP/1.1", "host: test", "content-type: application/x-protobuf", *headers, "", ""]
        connection.sendall("\r\n".join(head).encode())
        yield connection


def read_answer(connection: socket.socket) -> HTTPResponse:
    answer = HTTPResponse(connection)
    answer.begin()
    return answer


def others_are_served(doors: Doors) -> bool:
    answer = httpx.post(
        f"http://{doors.http}/v1/traces", content=request_body(), headers=PROTOBUF, timeout=60, verify=False
    )
    return answer.status_code == 200


def test_a_slow_body_gets_408() -> None:
    """Bytes that trickle in do not extend the time; others are served meanwhile, by the same loop."""
    with open_doors(body_timeout_s=1.0) as doors:
        started, sent = time.monotonic(), 0
        with sender(doors, "content-length: 1000") as connection:
            assert others_are_served(doors)
            while not select.select([connection], [], [], 0.1)[0]:
                connection.sendall(b"x")
                sent += 1
                assert sent < 900, "each byte bought it more time"
            assert time.monotonic() - started >= 1.0
            answer = read_answer(connection)
        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert re.search(rb"\(\d+ bytes came\)", answer.read())
        assert doors.requests("http", "traces", "timeout") == 1


def test_many_slow_senders_do_not_keep_others_out() -> None:
    """Two hundred unfinished bodies cost a few bytes each."""
    with open_doors(body_timeout_s=150) as doors:
        held = [sender(doors, "content-length: 1000") for _ in range(200)]
        connections = [each.__enter__() for each in held]
        for connection in connections:
            connection.sendall(b"some")
        assert others_are_served(doors)
        for each in held:
            each.__exit__(None, None, None)
        doors.await_requests("http", "traces", "disconnected", 200)


@pytest.mark.parametrize("header", ["content-length: 1000", "transfer-encoding: chunked"])
def test_a_sender_that_disconnects_halfway_is_counted(header: str) -> None:
    """Nothing of it is recorded."""
    with open_doors() as doors:
        with sender(doors, header) as connection:
            connection.sendall(b"a\r\n0123456789\r\n")
        doors.await_requests("http", "traces", "disconnected")
        assert doors.requests("http", "traces", "accepted") == 0
        assert others_are_served(doors)


def test_a_sender_that_resets_while_its_answer_is_due_harms_nobody() -> None:
    """Its records are kept: it will send them again, and spans are known by their ids."""
    with open_doors() as doors:
        body = request_body()
        with sender(doors, f"content-length: {len(body)}") as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(body)
        doors.await_requests("http", "traces", "accepted")
        assert others_are_served(doors)


def test_a_declared_length_over_the_limit_is_refused_before_the_body() -> None:
    """The answer comes while the sender has not sent a byte of its 100 GB."""
    with open_doors() as doors, sender(doors, "content-length: 100000000000") as connection:
        answer = read_answer(connection)
        assert (answer.status, answer.headers["connection"]) == (413, "close")


def test_a_sender_that_waits_for_100_continue_is_refused_without_it() -> None:
    """With Expect: 100-continue, the final answer is the first one."""
    with open_doors() as doors:
        headers = ("expect: 100-continue", "content-length: 100000000000")
        with sender(doors, *headers) as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
        body = request_body()
        with sender(doors, "expect: 100-continue", f"content-length: {len(body)}") as connection:
            assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(body)
            assert read_answer(connection).status == 200


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/nowhere"])
def test_an_endless_body_is_answered_and_then_cut(path: str) -> None:
    """Neither the limit nor an early refusal makes the door read for ever; the sender can read why."""
    with open_doors() as doors, sender(doors, "transfer-encoding: chunked", path=path) as connection:
        started, chunk = time.monotonic(), b"8000\r\n" + bytes(0x8000) + b"\r\n"
        with pytest.raises(ConnectionError):
            while time.monotonic() - started < 60:
                connection.sendall(chunk)
        answer = "too_large" if path == "/v1/traces" else "unknown_path"
        assert doors.requests("http", "traces" if path == "/v1/traces" else "none", answer) == 1
        assert others_are_served(doors)


def test_a_refusal_can_be_read_while_the_body_is_still_being_sent() -> None:
    """The connection stays open a moment, so that no reset swallows the answer of a sender that is still busy."""
    with open_doors() as doors, sender(doors, "transfer-encoding: chunked") as connection:
        for _ in range(4):
            connection.sendall(b"8000\r\n" + bytes(0x8000) + b"\r\n")
        assert select.select([connection], [], [], 60)[0], "no refusal came"
        connection.sendall(b"8000\r\n" + bytes(0x8000) + b"\r\n")
        assert read_answer(connection).status == 413


def test_bodies_still_arriving_are_bounded_together() -> None:
    """Senders that fill the buffer and stop get others a 429, until they are done or gone."""

    def send_more(doors: Doors) -> httpx.Response:
        return httpx.post(f"http://{doors.http}/v1/logs", content=bytes(60_000), headers=PROTOBUF, verify=False)

    with open_doors(max_buffered_bytes=150_000, body_timeout_s=150) as doors:
        with sender(doors, "content-length: 100000") as connection:
            connection.sendall(bytes(99_000))
            until = time.monotonic() + 30
            while (answer := send_more(doors)).status_code == 400 and time.monotonic() < until:
                time.sleep(0.01)  # the first has not arrived whole yet
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
            assert others_are_served(doors)
        doors.await_requests("http", "traces", "disconnected")
        assert send_more(doors).status_code == 400


def test_what_is_no_http_gets_400() -> None:
    """TLS or gRPC sent to the wrong port is refused by the server itself."""
    with open_doors() as doors:
        host, _, port = doors.http.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 client hello")
            assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
        assert others_are_served(doors)


def test_a_connection_without_a_whole_head_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether nothing came, or headers that never end; also after a request on the same connection."""
    monkeypatch.setattr(listener, "HEAD_TIMEOUT_S", 0.5)
    with open_doors() as doors:
        host, _, port = doors.http.rpartition(":")
        for sent in (b"", b"POST /v1/traces HTTP/1.1\r\nhost: t\r\n"):
            with socket.create_connection((host, int(port)), timeout=60) as connection:
                connection.sendall(sent)
                assert connection.recv(4096) == b""
        monkeypatch.setattr(listener, "HEAD_TIMEOUT_S", 2.0)  # time enough for the whole head, on a slow machine too
        body = request_body()
        with sender(doors, f"content-length: {len(body)}") as connection:
            connection.sendall(body)
            assert read_answer(connection).status == 200
            connection.sendall(b"POST /v1/traces HTTP/1.1\r\nhost")
            assert connection.recv(4096) == b""


def test_several_requests_go_over_one_connection() -> None:
    """Kept alive also after a refusal whose body was read whole."""
    with open_doors() as doors, httpx.Client(headers=PROTOBUF) as client:
        url = f"http://{doors.http}/v1/traces"
        answers = [client.post(url, content=body).status_code for body in (request_body(), b"\xff", request_body())]
        assert answers == [200, 400, 200]
        assert "connection" not in client.post(url, content=b"\xff").headers
