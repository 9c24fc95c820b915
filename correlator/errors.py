"""Every error that correlator raises on purpose.

CorrelatorError
├── InvalidInput            what was sent can never be accepted: do not retry     (HTTP 400, INVALID_ARGUMENT)
│   ├── BodyTooLarge        over a stated limit, compressed or inflated           (HTTP 413)
│   └── UnsupportedMedia    content type or encoding that no door reads           (HTTP 415)
├── BodyTimeout             a body that came too slowly                           (HTTP 408, DEADLINE_EXCEEDED)
├── Unavailable             cannot take it now: retry after `retry_after_s`       (HTTP 503, UNAVAILABLE)
│   ├── Overloaded          too many bytes in flight                              (HTTP 429, RESOURCE_EXHAUSTED)
│   ├── StorageFull         the disk takes no more                                (HTTP 503)
│   └── Superseded          another engine has concluded meanwhile                (HTTP 503)
├── StoreError              the data folder cannot be read or is of another format
└── SettingsError           a setting is unknown, of a wrong unit or impossible

A message names the subject, the value and the remedy.
"""


class CorrelatorError(Exception):
    """Base of all errors raised on purpose."""


class InvalidInput(CorrelatorError):
    """What was sent can never be accepted; sending it again gives the same answer."""


class BodyTooLarge(InvalidInput):
    """A body over a stated limit, as sent or after decompression."""


class UnsupportedMedia(InvalidInput):
    """A content type or content encoding that no door reads."""


class BodyTimeout(CorrelatorError):
    """A body that was not whole within the time a sender has; nothing was kept."""


class Unavailable(CorrelatorError):
    """Cannot be taken now; nothing was kept. The sender retries after `retry_after_s` seconds."""

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Overloaded(Unavailable):
    """More bytes in flight than the engine may hold."""


class StorageFull(Unavailable):
    """The disk takes no more; the engine recovers by itself once there is room."""


class Superseded(Unavailable):
    """Another engine has concluded since this one read how far conclusions are: nothing was kept, and its memory is stale."""


class StoreError(CorrelatorError):
    """The data folder cannot be read, is damaged, or is of a newer format."""


class SettingsError(CorrelatorError):
    """A setting is unknown, of a wrong unit, or impossible. Names key, value and remedy."""
