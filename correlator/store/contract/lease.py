"""Which of several processes concludes."""

from typing import Protocol


class Lease(Protocol):
    """Says which of the processes on one store concludes. A store of one process always grants it."""

    def lease(self, holder: str, ttl_s: float) -> bool:
        """Take it or hold it for longer; whether that was granted. `holder` MUST differ from process to process.

        - MUST be granted to one holder at a time: to another once it was released, or was not renewed for the `ttl_s` that it
          was granted for, as the one who wants it has seen by its own monotonic clock since it first asked.
        - MUST let the next commits of who takes it, rather than renews it, build on what is read from then on.

        Whoever was stopped for longer than `ttl_s` may find that another has it: by asking, or by Superseded. Raises Unavailable.
        """
        ...

    def release_lease(self, holder: str) -> None:
        """Let another have it at once; nothing where it is not the holder's. Raises Unavailable."""
        ...
