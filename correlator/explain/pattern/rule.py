"""Rules: steps that fit events, and how these must lie."""

from dataclasses import dataclass
from typing import Final

from correlator.correlate.fingerprint import short_type
from correlator.explain.pattern.event import PatternEvent, Telling
from correlator.rule_text.glob import Glob

ANY: Final = "any"
SEQUENCE: Final = "sequence"
STORY: Final = "story"
SERVICE: Final = "service"
DEPENDENCY: Final = "dependency"
ORDERS: Final = (ANY, SEQUENCE)
SCOPES: Final = (STORY, SERVICE, DEPENDENCY)
SEVERITIES: Final = ("info", "warning", "error", "critical")
STEPS: Final = 8
"""At most: the matcher keeps a number for each set of required steps, 2^8 of them."""
MIN_COUNT: Final = 1_000
"""At most, steps together: a window of so many events is kept for each service."""


@dataclass(frozen=True, slots=True)
class Step:
    """Which events it fits: those that satisfy everything given; of several globs, kinds or codes any one.

    Kind, error type and message must be those of one telling. `is_optional`: shown where it is there. `is_absent`: no
    match where it is there.
    """

    systems: tuple[str, ...] = ()
    services: tuple[Glob, ...] = ()
    operations: tuple[Glob, ...] = ()
    kinds: tuple[str, ...] = ()
    error_types: tuple[Glob, ...] = ()
    messages: tuple[Glob, ...] = ()
    status_codes: tuple[int, ...] = ()
    dependencies: tuple[Glob, ...] = ()
    min_attempt: int = 1
    is_optional: bool = False
    is_absent: bool = False

    def fits(self, event: PatternEvent) -> bool:
        return (
            (not self.systems or event.system in self.systems)
            and event.attempt >= self.min_attempt
            and (not self.status_codes or event.status_code in self.status_codes)
            and _any(self.services, event.service_name)
            and _any(self.operations, event.operation)
            and _any(self.dependencies, event.dependency)
            and any(self._is_told_by(telling) for telling in event.tellings)
        )

    def _is_told_by(self, telling: Telling) -> bool:
        return (
            (not self.kinds or not set(self.kinds).isdisjoint(telling.kinds))
            and (_any(self.error_types, telling.error_type) or _any(self.error_types, short_type(telling.error_type)))
            and _any(self.messages, telling.message)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A way of failing that has a name.

    It fits where each required step has `min_count` events of its own that lie within `within_nano` (its bounds
    included), of at least `min_services` services; with order `sequence`, one after the other in the order of the steps,
    `min_count` times over. Events of one nanosecond are in any order. No event of an absent step may lie so that one
    window of `within_nano` could hold it and the match.
    """

    rule_id: str
    title: str
    severity: str
    steps: tuple[Step, ...]
    within_nano: int
    suggestion: str
    scope: str = STORY
    order: str = ANY
    min_count: int = 1
    min_services: int = 1

    @property
    def required(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.is_optional and not step.is_absent)

    @property
    def events_needed(self) -> int:
        """The least number of events in a match."""
        return len(self.required) * self.min_count


def _any(globs: tuple[Glob, ...], text: str) -> bool:
    return not globs or any(glob.matches(text) for glob in globs)
