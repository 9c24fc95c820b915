"""Observations in few words. Seconds count from T0."""

from typing import Any

from correlator.workflows.observation import Observation

S = 1_000_000_000
T0 = 1_795_234_000 * S


def at(seconds: float) -> int:
    return T0 + int(seconds * S)


def heard(state: str, seconds: float, execution: str = "1", workflow: str = "w", **more: Any) -> Observation:
    """Told by a callback, unless said otherwise."""
    return Observation(workflow, execution, state, at(seconds), **({"is_sign_of_life": True} | more))
