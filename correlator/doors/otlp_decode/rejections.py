"""Records that are not kept: why, how many, and where the first of each kind was."""

from correlator.model.limits import Rejection


class Unfit(Exception):
    """A record that breaks a limit or lacks an identity. Stays within this room; the batch goes on."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Rejections:
    """Counts by reason, in the order in which the reasons were first met."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._messages: dict[str, str] = {}

    def add(self, unfit: Unfit, place: str, count: int = 1) -> None:
        """Count `count` records as unfit; `place` says where the first of them is."""
        self._messages.setdefault(unfit.reason, f"{place}: {unfit.message}")
        self._counts[unfit.reason] = self._counts.get(unfit.reason, 0) + count

    def as_tuple(self) -> tuple[Rejection, ...]:
        return tuple(Rejection(reason, count, self._messages[reason]) for reason, count in self._counts.items())
