"""Bodies that are still arriving: all of them together are bounded, however many senders there are."""

from correlator.errors import Overloaded


class BufferedBytes:
    """Counts the bytes of bodies that are at hand and not handed on, and refuses more than `limit`. For one event loop."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0

    def enter(self, size: int) -> None:
        """Count bytes in. Raises Overloaded where there is no room for them."""
        if self.bytes + size > self.limit:
            raise Overloaded(
                f"bodies of {self.bytes} bytes are arriving and {size} more exceed the limit of {self.limit}; send again later"
            )
        self.bytes += size

    def leave(self, size: int) -> None:
        self.bytes -= size
