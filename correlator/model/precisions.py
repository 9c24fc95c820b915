"""How often each method of joining was right, as measured on labelled data; nothing where nobody has measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from correlator.model.trace import Edge


@dataclass(frozen=True, slots=True)
class MethodPrecision:
    """Of `joined` labelled joins by one method, `right` were right.

    `precision` is their ratio, `lower_bound` the lower end of its 95 % Wilson interval; both 0..1.
    """

    joined: int
    right: int
    precision: float
    lower_bound: float


@dataclass(frozen=True, slots=True)
class Precisions:
    """What was measured, by which command on which corpus. `methods` maps a method of model.trace.METHODS to its figures."""

    corpus: str = ""
    command: str = ""
    methods: Mapping[str, MethodPrecision] = field(default_factory=dict)

    def of(self, method: str) -> float | None:
        """The precision of a method; None where it was not measured."""
        measured = self.methods.get(method)
        return None if measured is None else measured.precision

    def edge(
        self, from_span_id: str, to_span_id: str, method: str, from_trace_id: str = "", to_trace_id: str = ""
    ) -> Edge:
        """An edge with what is known of its method; without trace ids, one within a trace."""
        measured = self.methods.get(method)
        precision, joined = (None, 0) if measured is None else (measured.precision, measured.joined)
        return Edge(from_span_id, to_span_id, method, precision, from_trace_id, to_trace_id, joined)


UNMEASURED = Precisions()
