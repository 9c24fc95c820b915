"""What the data streams and indices are called."""

from dataclasses import dataclass
from typing import Final

DEFAULT_NAMESPACE: Final = "default"
BACKING_INDEX: Final = ".ds-"  # begins the names of a data stream's own indices, before the stream's
INDICES: Final = (
    "requests", "incidents", "findings", "error-groups", "state", "minutes", "outcomes", "runs", "run-parts",
)  # fmt: skip
"""Plain indices, beside the data streams of the three signals."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one engine's data. Records go where the Collector's Elasticsearch exporter puts them (mapping mode otel)."""

    prefix: str = "correlator"  # of the plain indices
    dataset: str = "generic"
    namespace: str = DEFAULT_NAMESPACE

    def stream(self, signal: str) -> str:
        """The data stream of `traces`, `logs` or `metrics`."""
        return f"{signal}-{self.data_stream_dataset}-{self.namespace}"

    @property
    def data_stream_dataset(self) -> str:
        """What documents say in `data_stream.dataset`."""
        return f"{self.dataset}.otel"

    @property
    def requests(self) -> str:
        return self.index("requests")

    @property
    def incidents(self) -> str:
        return self.index("incidents")

    @property
    def findings(self) -> str:
        return self.index("findings")

    @property
    def error_groups(self) -> str:
        return self.index("error-groups")

    @property
    def state(self) -> str:
        return self.index("state")

    @property
    def minutes(self) -> str:
        return self.index("minutes")

    @property
    def outcomes(self) -> str:
        return self.index("outcomes")

    @property
    def runs(self) -> str:
        return self.index("runs")

    @property
    def run_parts(self) -> str:
        return self.index("run-parts")

    def index(self, word: str) -> str:
        """The plain index of one of INDICES."""
        suffix = "" if self.namespace == DEFAULT_NAMESPACE else f"-{self.namespace}"
        return f"{self.prefix}-{word}{suffix}"
