"""Small bodies that would be large objects; run as a program, it prints what reading each one costs this process."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from correlator.doors.otlp_decode import decode
from correlator.errors import InvalidInput
from correlator.model.limits import Limits
from correlator.store.contract import Frame
from tests.unit.doors.otlp_frames import ARRIVAL, SPAN_ID, TRACE_ID, other_system, sized

BODY_BYTES: Final = 2_000_000


class Bomb(NamedTuple):
    """`opening`, the empty `piece` as often as it takes to fill BODY_BYTES, `closing`; protobuf's within `levels` of fields."""

    signal: str
    piece: bytes
    levels: tuple[int, ...] = ()  # tags, outermost first
    opening: bytes = b""
    closing: bytes | None = None  # of JSON

    @property
    def encoding(self) -> str:
        return "protobuf" if self.closing is None else "json"

    def body(self) -> bytes:
        content = self.opening + self.piece * (BODY_BYTES // len(self.piece))
        if self.closing is not None:
            return content.removesuffix(b",") + self.closing
        for tag in reversed(self.levels):
            content = bytes([tag]) + sized(content)
        return content


_IDS: Final = b"\x0a" + sized(TRACE_ID) + b"\x12" + sized(SPAN_ID)
_SPANS: Final = b'{"resourceSpans":[{"scopeSpans":[{"spans":['
_JSON_IDS: Final = f'{{"traceId":"{TRACE_ID.hex()}","spanId":"{SPAN_ID.hex()}",'.encode()

RECORD_BOMBS: Final = {
    "resource_spans": Bomb("traces", b"\x0a\x00"),
    "scope_spans": Bomb("traces", b"\x12\x00", (0x0A,)),
    "spans": Bomb("traces", b"\x12\x00", (0x0A, 0x12)),
    "spans, each with a resource of its own": Bomb("traces", b"\x0a\x04\x12\x02\x12\x00"),
    "spans with overlong tags": Bomb("traces", b"\x92\x80\x00\x00", (0x0A, 0x12)),
    "log_records": Bomb("logs", b"\x12\x00", (0x0A, 0x12)),
    "metrics": Bomb("metrics", b"\x12\x00", (0x0A, 0x12)),
    "data_points": Bomb("metrics", b"\x0a\x00", (0x0A, 0x12, 0x12, 0x2A)),
    "spans in JSON": Bomb("traces", b"{},", opening=_SPANS, closing=b"]}]}]}"),
    "spans in JSON, given twice": Bomb("traces", b"{},", opening=_SPANS, closing=b'],"spans":[]}]}]}'),
}
"""More records than are read at once, and as many of what holds them."""

FIELD_BOMBS: Final = {
    "attributes": Bomb("traces", b"\x4a\x00", (0x0A, 0x12, 0x12), _IDS),
    "events": Bomb("traces", b"\x5a\x00", (0x0A, 0x12, 0x12), _IDS),
    "links": Bomb("traces", b"\x6a\x00", (0x0A, 0x12, 0x12), _IDS),
    "exemplars": Bomb("metrics", b"\x2a\x00", (0x0A, 0x12, 0x12, 0x2A, 0x0A)),
    "attributes in JSON": Bomb("traces", b"{},", opening=_SPANS + _JSON_IDS + b'"attributes":[', closing=b"]}]}]}]}"),
    "events in JSON": Bomb("traces", b"{},", opening=_SPANS + _JSON_IDS + b'"events":[', closing=b"]}]}]}]}"),
}
"""One record of more fields than it may have."""


def cost(bomb: Bomb) -> dict[str, float | str]:
    """Bytes of memory for each byte of the body beyond what the process held before, CPU seconds, and the answer."""
    frame = Frame(bomb.signal, bomb.encoding, ARRIVAL, bomb.body())
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): the peak of resident memory starts anew
    before, start = _memory_bytes("VmRSS"), time.process_time()
    answer = _answer(lambda: ",".join(it.reason for it in decode(frame, Limits(), other_system).rejections))
    cpu_s = time.process_time() - start
    grown = _memory_bytes("VmHWM") - before
    return {"bytes_per_body_byte": grown / len(frame.payload), "cpu_s": cpu_s, "answer": answer}


def _answer(decoded: Callable[[], str]) -> str:
    try:
        return decoded()
    except InvalidInput as error:
        return str(error)


def _memory_bytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    json.dump({name: cost(bomb) for name, bomb in (RECORD_BOMBS | FIELD_BOMBS).items()}, sys.stdout)
