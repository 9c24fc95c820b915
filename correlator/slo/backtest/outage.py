"""What really went wrong, as far as somebody knows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outage:
    """A failure in [begins, ends); `ends` is None where it was not over. `name` is an incident's key, or a person's word.

    `objective_ids` are the objectives that should have noticed; None: any may.
    """

    name: str
    begins_unix_nano: int
    ends_unix_nano: int | None
    objective_ids: frozenset[str] | None = None

    def concerns(self, objective_id: str) -> bool:
        return self.objective_ids is None or objective_id in self.objective_ids
