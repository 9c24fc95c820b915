"""How a request lies in the raw log: a header, then the bytes as they came in.

| field | type | meaning |
|---|---|---|
| length | u32 | bytes after this field and the next |
| crc32c | u32 | of all other bytes of the frame |
| kind | u8 | signal and encoding; with bit 4 set, an origin comes before the payload |
| tenant length | u8 | 0: there are no tenants yet |
| arrival | i64 | unix nanoseconds |
| durable end | i64 | log position below which all was durable when the frame was written |
| origin length | u16 | only where the kind says so |
| origin | UTF-8 | only where the kind says so: where the request can be fetched again |
| payload | bytes | the request, decompressed |

Little-endian. The durable end tells a group that a crash tore (nothing of it was acknowledged) from damage to what was.
"""

import struct
from dataclasses import dataclass
from typing import Final

import google_crc32c
import numpy as np

from correlator.store.contract import Frame

HEADER: Final = struct.Struct("<IIBBqq")
PREFIX_BYTES: Final = 8  # length and crc32c
KINDS: Final = {
    ("traces", "protobuf"): 1,
    ("traces", "json"): 2,
    ("logs", "protobuf"): 3,
    ("logs", "json"): 4,
    ("metrics", "protobuf"): 5,
    ("metrics", "json"): 6,
}
MEANINGS: Final = {kind: meaning for meaning, kind in KINDS.items()}
WITH_ORIGIN: Final = 1 << 4
_ORIGIN_LENGTH: Final = struct.Struct("<H")


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """A frame found whole in a buffer. `size` counts all its bytes, `durable_end` is a position in the log."""

    size: int
    kind: int
    arrival_unix_nano: int
    durable_end: int


def encode_header(frame: Frame, durable_end: int) -> bytes:
    """The bytes that come before the payload of `frame`. Its origin is of 65,535 bytes at most."""
    origin = _encoded_origin(frame.origin)
    length = HEADER.size - PREFIX_BYTES + len(origin) + len(frame.payload)
    kind = KINDS[frame.signal, frame.encoding] | (WITH_ORIGIN if origin else 0)
    blank = HEADER.pack(length, 0, kind, 0, frame.arrival_unix_nano, durable_end)
    crc = google_crc32c.extend(google_crc32c.extend(_crc_of_header(blank), origin), frame.payload)
    return HEADER.pack(length, crc, kind, 0, frame.arrival_unix_nano, durable_end) + origin


def frame_bytes(frame: Frame) -> int:
    return HEADER.size + len(_encoded_origin(frame.origin)) + len(frame.payload)


def header_at(buffer: memoryview, offset: int) -> FrameHeader | None:
    """The frame that starts at `offset`; None when there is none, or not a whole one."""
    if len(buffer) - offset < HEADER.size:
        return None
    length, crc, kind, tenant_length, arrival, durable_end = HEADER.unpack_from(buffer, offset)
    size = PREFIX_BYTES + length
    if kind & ~WITH_ORIGIN not in MEANINGS or tenant_length or size < HEADER.size or size > len(buffer) - offset:
        return None
    found = _crc_of_header(bytes(buffer[offset : offset + HEADER.size]))
    found = google_crc32c.extend(found, bytes(buffer[offset + HEADER.size : offset + size]))
    return FrameHeader(size, kind, arrival, durable_end) if found == crc else None


def frame_at(buffer: memoryview, offset: int, header: FrameHeader) -> Frame:
    """The request in the frame that `header` describes."""
    signal, encoding = MEANINGS[header.kind & ~WITH_ORIGIN]
    start, end = offset + HEADER.size, offset + header.size
    origin = ""
    if header.kind & WITH_ORIGIN:
        start += _ORIGIN_LENGTH.size
        (length,) = _ORIGIN_LENGTH.unpack_from(buffer, start - _ORIGIN_LENGTH.size)
        origin = str(buffer[start : start + length], "utf-8")
        start += length
    return Frame(signal, encoding, header.arrival_unix_nano, bytes(buffer[start:end]), origin)


def later_frames(buffer: memoryview, offset: int) -> list[FrameHeader]:
    """Whole frames that start anywhere after `offset`: what is behind a bad one."""
    octets = np.frombuffer(buffer, dtype=np.uint8)[offset + 1 :]
    if len(octets) < HEADER.size:
        return []
    kinds, tenants = octets[PREFIX_BYTES:-1] & ~np.uint8(WITH_ORIGIN), octets[PREFIX_BYTES + 1 :]
    plausible = np.flatnonzero((kinds >= min(MEANINGS)) & (kinds <= max(MEANINGS)) & (tenants == 0))
    headers = (header_at(buffer, offset + 1 + int(start)) for start in plausible)
    return [header for header in headers if header is not None]


def _encoded_origin(origin: str) -> bytes:
    encoded = origin.encode()
    return _ORIGIN_LENGTH.pack(len(encoded)) + encoded if encoded else b""


def _crc_of_header(header: bytes) -> int:
    crc: int = google_crc32c.extend(google_crc32c.value(header[:4]), header[PREFIX_BYTES:])
    return crc
