"""What a record and a request may measure at most. Defaults in one place; settings override them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """A request over a limit of its body is refused whole; a record over one of its own is rejected, its neighbours kept.

    Times further from arrival than the skews allow are kept, and marked.
    """

    body_bytes: int = 16 * 2**20  # as sent
    inflated_bytes: int = 16 * 2**20  # after decompression: 38,000 spans of 440 bytes
    records_per_request: int = 65_536  # spans, log records, data points: 128 times what SDKs send at once by default
    attributes_per_record: int = 1_024  # OTel SDKs send 128 at most by default
    value_bytes: int = 64 * 2**10  # of one attribute's text or of a log body, UTF-8
    nesting_depth: int = 16  # of lists and maps within one attribute value or body
    future_skew_s: float = 600.0
    past_skew_s: float = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Rejection:
    """Records that were not kept: how many, and why. `message` names subject, value and remedy for the first of them."""

    reason: str  # bad_trace_id | bad_span_id | too_many_attributes | value_too_long | nested_too_deep | ...
    count: int
    message: str
