"""The error table."""

from pydantic import Field

from correlator.serve.schemas.fields import COMPONENT, ERROR_TYPE, FINGERPRINT, OPERATION, SYSTEM, TIME, TRACE_IDS
from correlator.serve.schemas.schema import Schema


class ErrorGroup(Schema):
    """Errors with one fingerprint, over all traces."""

    fingerprint: str = FINGERPRINT
    service_name: str = COMPONENT
    system: str = SYSTEM
    operation: str = OPERATION
    error_type: str = ERROR_TYPE
    template: str = Field(
        description="The message with its variable parts cut out.", examples=["currency <*> is unknown"]
    )
    count: int = Field(description="How often.", examples=[12])
    first_seen_unix_nano: int = Field(description="First, unix nanoseconds.", examples=[TIME])
    last_seen_unix_nano: int = Field(description="Last, unix nanoseconds.", examples=[TIME + 60_000_000_000])
    trace_ids: tuple[str, ...] = TRACE_IDS


class ErrorGroupPage(Schema):
    """Error groups, last seen first."""

    error_groups: tuple[ErrorGroup, ...] = Field(description="At most `limit`.")
