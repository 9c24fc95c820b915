"""A request's body within bounds of size and time, for routes that read it themselves."""

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request

from correlator.errors import BodyTimeout, BodyTooLarge, InvalidInput, UnsupportedMedia

JSON: Final = "application/json"


async def read_json_body(request: Request, limit_bytes: int, timeout_s: float) -> bytes:
    """The body as sent. Raises UnsupportedMedia, BodyTooLarge, BodyTimeout."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON and not (media_type.startswith("application/") and media_type.endswith("+json")):
        raise UnsupportedMedia(f"content type {media_type[:80]!r} is not read here; send Content-Type: {JSON}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("a compressed body is not read here; send it without Content-Encoding")
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit_bytes:
                    raise BodyTooLarge(f"the body exceeds {limit_bytes} bytes (callbacks.body); send less of it")
    except TimeoutError as error:
        raise BodyTimeout(f"the body was not whole after {timeout_s:g} s ({len(body)} bytes came)") from error
    except ClientDisconnect as error:
        raise InvalidInput(f"the body ended after {len(body)} bytes; send it whole") from error
    return bytes(body)
