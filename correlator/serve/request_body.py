"""A request's body within bounds of size and time, for routes that read it themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect, Request

from correlator.errors import BodyTimeout, BodyTooLarge, InvalidInput, UnsupportedMedia
from correlator.pipeline.buffered_bytes import BufferedBytes

JSON: Final = "application/json"
REFUSALS: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""What a route may answer that reads a body and keeps what is in it."""
MAX_BUFFERED_BYTES: Final = 64 * 2**20  # bodies at hand in one route: 64 of the largest that are the default


class JsonBodies:
    """Reads the bodies of one route: each of `limit_bytes` at most within `timeout_s`, and of all together not too many.

    `setting` gave the limit: it is named in refusals.
    """

    def __init__(
        self, limit_bytes: int, timeout_s: float, setting: str, max_buffered_bytes: int = MAX_BUFFERED_BYTES
    ) -> None:
        self._setting = setting
        self._limit_bytes = limit_bytes
        self._timeout_s = timeout_s
        self._buffered = BufferedBytes(max(limit_bytes, max_buffered_bytes))

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """The body as sent, counted as at hand for the block.

        Raises UnsupportedMedia, BodyTooLarge, BodyTimeout, Overloaded; InvalidInput where the sender broke off.
        """
        _require_json(request)
        body = bytearray()
        try:
            await self._arrive(request, body)
            yield bytes(body)
        finally:
            self._buffered.leave(len(body))

    async def _arrive(self, request: Request, body: bytearray) -> None:
        """Append what comes to `body`; all of that is entered as buffered, also where this raises."""
        try:
            async with asyncio.timeout(self._timeout_s):
                async for chunk in request.stream():
                    if len(body) + len(chunk) > self._limit_bytes:
                        limit = f"{self._limit_bytes} bytes ({self._setting})"
                        raise BodyTooLarge(f"the body exceeds {limit}; send less of it")
                    self._buffered.enter(len(chunk))
                    body += chunk
        except TimeoutError as error:
            raise BodyTimeout(f"the body was not whole after {self._timeout_s:g} s ({len(body)} bytes came)") from error
        except ClientDisconnect as error:
            raise InvalidInput(f"the body ended after {len(body)} bytes; send it whole") from error


def _require_json(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON and not (media_type.startswith("application/") and media_type.endswith("+json")):
        raise UnsupportedMedia(f"content type {media_type[:80]!r} is not read here; send Content-Type: {JSON}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("a compressed body is not read here; send it without Content-Encoding")
