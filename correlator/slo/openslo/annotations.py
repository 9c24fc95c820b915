"""Gates for low traffic, in a document's annotations: `correlator/page-min-failures: "5"`. Others' annotations are left alone."""

from dataclasses import dataclass
from typing import Final

from correlator.model.objective import Gate
from correlator.rule_text.yaml_fields import Fields, whole_number
from correlator.slo.gates import PAGE_GATE, TICKET_GATE

_OURS: Final = "correlator/"
_KEYS: Final = tuple(
    f"{_OURS}{severity}-min-{what}" for severity in ("page", "ticket") for what in ("events", "failures")
)
_MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Gates:
    page: Gate
    ticket: Gate


def gates_in(metadata: Fields) -> Gates:
    """The gates that are given; the usual ones else."""
    others = (key for key in metadata.keys_of("annotations") if not key.startswith(_OURS))
    annotations = metadata.inner("annotations", (*_KEYS, *others))
    if annotations is None:
        return Gates(PAGE_GATE, TICKET_GATE)
    return Gates(_gate(annotations, "page", PAGE_GATE), _gate(annotations, "ticket", TICKET_GATE))


def _gate(annotations: Fields, severity: str, usual: Gate) -> Gate:
    count = whole_number(0, _MOST)
    events = annotations.optional(f"{_OURS}{severity}-min-events", count)
    failures = annotations.optional(f"{_OURS}{severity}-min-failures", count)
    return Gate(usual.min_events if events is None else events, usual.min_failures if failures is None else failures)
