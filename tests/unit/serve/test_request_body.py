"""Bodies of one route, all together within bounds."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request

from correlator.errors import BodyTimeout, BodyTooLarge, InvalidInput, Overloaded
from correlator.serve.request_body import JsonBodies


def request_of(*chunks: bytes, ends: bool = True) -> Request:
    """What a sender sends, piece by piece; where it does not end, it breaks off."""

    def events() -> Iterator[dict[str, Any]]:
        for chunk in chunks:
            yield {"type": "http.request", "body": chunk, "more_body": True}
        yield {"type": "http.request"} if ends else {"type": "http.disconnect"}

    coming = events()

    async def receive() -> dict[str, Any]:
        return next(coming)

    headers = [(b"content-type", b"application/json")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def read(bodies: JsonBodies, request: Request) -> bytes:
    async with bodies.read(request) as body:
        return body


def test_what_comes_in_pieces_is_one_body() -> None:
    """Up to the limit."""
    assert asyncio.run(read(JsonBodies(4, 1.0, "a.b"), request_of(b"12", b"34"))) == b"1234"


def test_of_many_senders_together_too_much_is_refused_for_now() -> None:
    """Each may send what is allowed, but not all at once; what has been dealt with makes room."""
    bodies = JsonBodies(3, 1.0, "a.b", max_buffered_bytes=5)

    async def exchange() -> None:
        async with bodies.read(request_of(b"123")):
            with pytest.raises(Overloaded):
                await read(bodies, request_of(b"4", b"56"))
        assert await read(bodies, request_of(b"456")) == b"456"

    asyncio.run(exchange())


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [(request_of(b"123", b"4"), BodyTooLarge), (request_of(b"12", ends=False), InvalidInput)],
)
def test_what_is_refused_takes_no_room(request_: Request, refusal: type[Exception]) -> None:
    """A thousand of them are no more than one."""
    bodies = JsonBodies(3, 1.0, "a.b", max_buffered_bytes=3)

    async def exchange() -> None:
        with pytest.raises(refusal):
            await read(bodies, request_)
        assert await read(bodies, request_of(b"123")) == b"123"

    asyncio.run(exchange())


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """Nor does it take room."""

    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    request = Request({"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")]}, never)
    with pytest.raises(BodyTimeout, match="0 bytes came"):
        asyncio.run(read(JsonBodies(3, 0.01, "a.b"), request))
