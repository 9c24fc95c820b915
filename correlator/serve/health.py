"""What readiness asks: the state of everything that the engine depends on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class State:
    """Whether a dependency works now; `detail` says in a few words what was seen, and never a secret."""

    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """Each dependency's name (store, doors, watch, patterns) and how to ask for its state. A check is quick and safe from any thread."""

    checks: Mapping[str, Callable[[], State]] = field(default_factory=dict)

    def states(self) -> dict[str, State]:
        """The state of each, in their order. A check that raises counts as down."""
        return {name: _ask(check) for name, check in self.checks.items()}


def _ask(check: Callable[[], State]) -> State:
    try:
        return check()
    except Exception as error:  # a broken check is an answer: that dependency is down
        return State(False, type(error).__name__)
