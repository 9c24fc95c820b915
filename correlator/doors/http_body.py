"""The body of one HTTP request, as an ASGI server hands it over: read at most once, within bounds of size and time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from correlator.doors.intake import SenderGone
from correlator.errors import BodyTimeout, BodyTooLarge
from correlator.pipeline.buffered_bytes import BufferedBytes

Receive = Callable[[], Awaitable[Any]]

_LINGER_S: Final = 1.0  # a sender busy sending reads our refusal only if the connection lives on a moment


class HttpBody:
    """`is_pending` tells whether some of the body may still be on its way."""

    def __init__(self, headers: Mapping[bytes, bytes], receive: Receive) -> None:
        declared = headers.get(b"content-length", b"0")
        self._declared_bytes = int(declared) if declared.isdigit() else 0
        self._receive = receive
        self.is_pending = self._declared_bytes > 0 or b"transfer-encoding" in headers

    async def read(self, limit_bytes: int, timeout_s: float, buffered: BufferedBytes) -> bytearray:
        """The whole body; its size is entered into `buffered` as it arrives, and the caller takes it out.

        Raises BodyTooLarge (before reading, where the size is declared), BodyTimeout, Overloaded, SenderGone; then nothing
        stays entered.
        """
        if self._declared_bytes > limit_bytes:
            raise _too_large(f"of {self._declared_bytes} bytes", limit_bytes)
        body = bytearray()
        try:
            async with asyncio.timeout(timeout_s):
                while self.is_pending:
                    chunk = await self._next_chunk()
                    if len(body) + len(chunk) > limit_bytes:
                        raise _too_large(f"of over {len(body)} bytes", limit_bytes)
                    buffered.enter(len(chunk))
                    body += chunk
        except BaseException as error:
            buffered.leave(len(body))
            if isinstance(error, TimeoutError):
                raise BodyTimeout(
                    f"the body was not whole after {timeout_s:g} s ({len(body)} bytes came); send smaller batches"
                ) from error
            raise
        return body

    async def discard(self) -> None:
        """Throw away what still comes, for a moment, so that the sender gets to read the answer."""
        try:
            async with asyncio.timeout(_LINGER_S):
                while self.is_pending:
                    await self._next_chunk()
        except (TimeoutError, SenderGone):
            self.is_pending = False

    async def _next_chunk(self) -> bytes:
        event = await self._receive()
        if event["type"] == "http.disconnect":
            self.is_pending = False
            raise SenderGone
        self.is_pending = event.get("more_body", False)
        chunk: bytes = event.get("body", b"")
        return chunk


def _too_large(size: str, limit_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"a body {size} exceeds the limit of {limit_bytes} bytes; send smaller batches")
