"""The attributes that make records of different traces know each other, read from their JSON text in bulk."""

from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv

LONGEST_ID: Final = 200
"""Characters; as correlator.telemetry cuts them. What is longer is no id, and would only make indexes large."""


class KeyAttributes(msgspec.Struct, gc=False):
    """The attributes that keys are made of, as their sender typed them; None where there is none of that name."""

    execution_id: Any = msgspec.field(name=semconv.N8N_EXECUTION_ID, default=None)
    retry_of: Any = msgspec.field(name=semconv.N8N_EXECUTION_RETRY_OF, default=None)
    parent_id: Any = msgspec.field(name=semconv.N8N_EXECUTION_PARENT_ID, default=None)
    job_id: Any = msgspec.field(name=semconv.JOB_ID, default=None)
    message_id: Any = msgspec.field(name=semconv.MESSAGING_MESSAGE_ID, default=None)
    idempotency_key: Any = msgspec.field(name=semconv.JOB_IDEMPOTENCY_KEY, default=None)
    payload: Any = msgspec.field(name=semconv.PAYLOAD_HASH, default=None)


_READER: Final = msgspec.json.Decoder(KeyAttributes)


def key_attributes(texts: pa.ChunkedArray) -> list[KeyAttributes]:
    """Of each attribute text (a JSON object, never null), in their order. Values nested in others are no attributes."""
    return _READER.decode_lines(lines(texts))


def lines(texts: pa.ChunkedArray) -> pa.Buffer | bytes:
    """The JSON texts, none of them null, as one text with a line each: JSON on one line has no line break of its own."""
    ended = pc.binary_join_element_wise(texts, "\n", "")
    array = ended.combine_chunks() if isinstance(ended, pa.ChunkedArray) else ended
    return array.buffers()[-1] or b""


def id_text(value: Any) -> str | None:
    """An id as text, whether it was sent as text or as an integer; None for what is no id."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else None


def hash_texts(value: Any) -> list[str]:
    """The payload hashes of one attribute, a text or an array of them, each once."""
    hashes = (id_text(one) for one in (value if isinstance(value, list) else [value]))
    return list(dict.fromkeys(one for one in hashes if one is not None))
