"""The listener: addresses, errors, and an end within bounds."""

import asyncio
import signal
import socket
import time
from typing import Any

import httpx
import pytest

from correlator.errors import SettingsError
from correlator.listener import serve_http


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def test_port_0_picks_a_free_one_and_tells_it() -> None:
    """The address can be used at once."""
    listener = await serve_http(hello, "127.0.0.1", 0, name="api")
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"http://{listener.address}/")).text == "hello"
    await listener.stop()
    assert not listener.address.endswith(":0")


async def test_answers_do_not_wait_for_acknowledgements() -> None:
    """Head and body leave as two writes: with Nagle's algorithm, the second would wait 40 ms for a delayed ACK."""
    listener = await serve_http(hello, "127.0.0.1", 0, name="api")
    async with httpx.AsyncClient() as client:
        await client.get(f"http://{listener.address}/")
        (connection,) = listener._server.server_state.connections
        served = connection.transport.get_extra_info("socket")
        assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await listener.stop()


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 on this machine")
async def test_ipv6_addresses_are_served_and_written_in_brackets() -> None:
    """As in a URL."""
    try:
        listener = await serve_http(hello, "::1", 0, name="api")
    except SettingsError:
        pytest.skip("no IPv6 loopback on this machine")
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"http://{listener.address}/")).text == "hello"
    await listener.stop()
    assert listener.address.startswith("[::1]:")


async def test_a_taken_port_is_named_with_a_remedy() -> None:
    """Which setting, which address, what to do."""
    first = await serve_http(hello, "127.0.0.1", 0, name="api")
    port = int(first.address.rpartition(":")[2])
    with pytest.raises(SettingsError, match=rf"otlp_http cannot listen on 127\.0\.0\.1:{port}: another process"):
        await serve_http(hello, "127.0.0.1", port, name="otlp_http")
    await first.stop()


@pytest.mark.parametrize("host", ["nonsense.invalid", "192.0.2.1"])
async def test_an_address_of_another_machine_is_named(host: str) -> None:
    """A name that nobody knows, and an address that is not ours."""
    with pytest.raises(SettingsError, match=f"api cannot listen on {host}:0"):
        await serve_http(hello, host, 0, name="api")


async def test_a_stopped_port_can_be_taken_again() -> None:
    """Connections of before do not hold it; a second stop changes nothing."""
    first = await serve_http(hello, "127.0.0.1", 0, name="api")
    host, _, port = first.address.rpartition(":")
    async with httpx.AsyncClient() as client:
        await client.get(f"http://{first.address}/")
        await first.stop()
        await first.stop()
    second = await serve_http(hello, host, int(port), name="api")
    assert second.address == first.address
    await second.stop()


async def test_stopping_waits_no_longer_than_its_grace() -> None:
    """An application that never answers is cancelled, and so is a sender that never finishes."""
    asked = asyncio.Event()

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        asked.set()
        await asyncio.sleep(3_600)

    listener = await serve_http(endless, "127.0.0.1", 0, name="api", grace_s=1)
    host, _, port = listener.address.rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\nhost: t\r\n\r\n")
    await asked.wait()
    started = time.monotonic()
    await listener.stop()
    assert 0.8 < time.monotonic() - started < 60
    writer.close()


async def test_signals_stay_with_the_process() -> None:
    """Serving installs no handlers."""
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    listener = await serve_http(hello, "127.0.0.1", 0, name="api")
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    await listener.stop()
