"""What a record's columns do not tell: what is odd about one that is kept all the same, and what it was sent as."""

from enum import IntFlag


class Mark(IntFlag):
    """Bits of the column `marks`."""

    TIME_OUT_OF_RANGE = 1  # a time that int64 cannot hold, or further from arrival than the settings allow
    END_BEFORE_START = 2
    INVALID_PARENT = 4  # parent id of a wrong length: kept as if it had none
    INVALID_TRACE_CONTEXT = 8  # a log record's or link's ids of a wrong length or all zero: kept without them
    NO_TIME = 16  # no time given: that of arrival stands in
    RECONSTRUCTED = (
        32  # told by another than its sender (semconv.SOURCE on the resource): gives way to the sender's own
    )
    STRUCTURED_BODY = 64  # a log record's body was sent as a map or a list: `body` is its JSON
