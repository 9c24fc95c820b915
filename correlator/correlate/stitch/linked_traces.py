"""The links column, read in bulk."""

from typing import Final

import msgspec
import pyarrow as pa

from correlator.correlate.stitch.key_attributes import lines


class LinkedSpan(msgspec.Struct, gc=False):
    """What a span link leads to; ids in hex."""

    trace_id: str
    span_id: str


_READER: Final = msgspec.json.Decoder(list[LinkedSpan])


def linked_spans(links: pa.ChunkedArray) -> list[list[LinkedSpan]]:
    """Of each text of the column `links`, none of them null, in their order."""
    return _READER.decode_lines(lines(links))
