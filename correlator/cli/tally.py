"""What became of everything that was taken in."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from correlator.cli.otlp_file import BadLine
from correlator.errors import InvalidInput
from correlator.pipeline.record import Receipt

NOT_OTLP = "not_otlp"


@dataclass(slots=True)
class Tally:
    """Records in, lines skipped, records rejected by reason, and for each reason what was said of the first."""

    accepted: int = 0
    skipped: int = 0
    first_skipped: str = ""
    rejected: Counter[str] = field(default_factory=Counter)
    messages: dict[str, str] = field(default_factory=dict)

    def add(self, receipt: Receipt) -> None:
        """One request's answer."""
        self.accepted += receipt.accepted
        for each in receipt.rejections:
            self._reject(each.reason, each.count, each.message)

    def add_unreadable(self, error: InvalidInput) -> None:
        """A file, or a line of one, that is not taken in."""
        self._reject(error.reason if isinstance(error, BadLine) else NOT_OTLP, 1, str(error))

    def add_skipped(self, why: str) -> None:
        """A line that carries nothing; `why` names it."""
        self.skipped += 1
        self.first_skipped = self.first_skipped or why

    def report(self) -> dict[str, Any]:
        """As JSON; the commonest reason first."""
        reasons = [
            {"reason": reason, "count": count, "message": self.messages[reason]}
            for reason, count in self.rejected.most_common()
        ]
        return {
            "accepted": self.accepted,
            "rejected": self.rejected.total(),
            "reasons": reasons,
            "skipped": self.skipped,
            "first_skipped": self.first_skipped,
        }

    def _reject(self, reason: str, count: int, message: str) -> None:
        self.rejected[reason] += count
        self.messages.setdefault(reason, message)
