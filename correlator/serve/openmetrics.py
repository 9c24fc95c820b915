"""/metrics: the engine's own metrics in the exposition format that the client accepts."""

from dataclasses import dataclass
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

OPENMETRICS: Final = "application/openmetrics-text"
OPENMETRICS_CONTENT_TYPE: Final = f"{OPENMETRICS}; version=1.0.0; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Exposition:
    body: bytes
    content_type: str


def expose(registry: CollectorRegistry, accept: str) -> Exposition:
    """OpenMetrics, with exemplars, for whoever accepts it; the classic text format for all others."""
    if accepts_openmetrics(accept):
        return Exposition(openmetrics.generate_latest(registry), OPENMETRICS_CONTENT_TYPE)  # type: ignore[no-untyped-call]
    return Exposition(generate_latest(registry), CONTENT_TYPE_LATEST)


def accepts_openmetrics(accept: str) -> bool:
    """Whether an Accept header names OpenMetrics without forbidding it (q=0)."""
    for offer in accept.lower().split(","):
        media_type, *parameters = (part.strip() for part in offer.split(";"))
        if media_type == OPENMETRICS:
            return not any(_is_zero_weight(parameter) for parameter in parameters)
    return False


def _is_zero_weight(parameter: str) -> bool:
    name, _, weight = parameter.partition("=")
    return name == "q" and weight.strip("0.") == ""
