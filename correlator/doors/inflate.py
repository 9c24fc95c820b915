"""Inflate a gzip body within a bound, so that a bomb is stopped while it inflates."""

import io
import zlib

from correlator.errors import BodyTooLarge, InvalidInput

GZIP_MAGIC = b"\x1f\x8b"
_PIECE_BYTES = 4 * 2**10  # read at once: inflates to 4 MiB at most (deflate's best is 1,032 to 1)
_MAX_MEMBERS = 4_096  # bgzip writes a member per 64 KiB: enough for 256 MiB; each member costs an inflater
_GZIP_WBITS = 16 + zlib.MAX_WBITS  # zlib.h, inflateInit2: gzip header and trailer, nothing else


def inflate(body: bytes | bytearray, limit_bytes: int) -> bytes:
    """The content of one or more concatenated gzip members.

    Holds at most `limit_bytes` and one piece inflated (4 MiB). Raises BodyTooLarge over the limit, InvalidInput for what is
    no gzip, is damaged, or ends early.
    """
    inflated = io.BytesIO()  # its getvalue does not copy
    inflater, members = zlib.decompressobj(_GZIP_WBITS), 1
    view = memoryview(body)
    for start in range(0, len(body), _PIECE_BYTES):
        piece: bytes | memoryview = view[start : start + _PIECE_BYTES]
        while piece:
            if inflater.eof:
                inflater, members = _next_member(members)
            _inflate_piece(inflater, piece, inflated, limit_bytes)
            piece = inflater.unused_data
    if not inflater.eof:
        raise InvalidInput(f"a gzip body of {len(body)} bytes ends before its end mark; send it whole")
    return inflated.getvalue()


def _next_member(members: int) -> tuple["zlib._Decompress", int]:
    if members == _MAX_MEMBERS:
        raise InvalidInput(f"a gzip body of over {_MAX_MEMBERS} members; compress it as one")
    return zlib.decompressobj(_GZIP_WBITS), members + 1


def _inflate_piece(
    inflater: "zlib._Decompress", piece: bytes | memoryview, inflated: io.BytesIO, limit_bytes: int
) -> None:
    room = limit_bytes - inflated.tell() + 1  # one more than may come, so that too much is noticed
    try:
        inflated.write(inflater.decompress(piece, room))
    except zlib.error as error:
        raise InvalidInput(f"the body is no gzip, or damaged ({error}); check what compressed it") from error
    if inflated.tell() > limit_bytes:
        raise BodyTooLarge(f"the body inflates to over {limit_bytes} bytes, the limit; send smaller batches")
