"""Says on the current span which payload its work was about: by hash, never by content."""

from typing import Any, Final

from opentelemetry import trace

from correlator import semconv
from correlator.payload import payload_hash

MAX_HASHES: Final = 16  # items of one request that are named; a join needs one


def record_payload(value: Any) -> None:
    """Set the hash of a JSON value on the current span; of a list, the hash of each element, at most MAX_HASHES.

    A value too small to tell anything (`payload_hash` gives None) leaves the span as it is. The value itself is not kept.
    """
    span = trace.get_current_span()
    if not span.is_recording():
        return
    elements = value if isinstance(value, list) else [value]
    hashes = [known for element in elements[:MAX_HASHES] if (known := payload_hash(element)) is not None]
    if hashes:
        span.set_attribute(semconv.PAYLOAD_HASH, hashes if isinstance(value, list) else hashes[0])
