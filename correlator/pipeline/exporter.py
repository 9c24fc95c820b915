"""What an exporter is: it tells others what the engine concluded, or sends on what it recorded.

Exporters are found by the entry-point group `correlator.exporters`: each entry point is a MakeExporter, called once with the
settings of its name. What is installed and has no settings makes None.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Final, Protocol

from correlator.model.incident import Incident
from correlator.store.contract import Catalog, Decode, RequestLog
from correlator.telemetry.metrics import EngineMetrics

GROUP: Final = "correlator.exporters"


class Exporter(Protocol):
    """Tells others, in a thread of its own. Who cannot be told keeps the engine from nothing."""

    def run(self, stop: Event) -> None:
        """Until `stop` is set; then MUST end within a few seconds. MUST raise nothing."""
        ...

    def describe(self) -> str:
        """How it does, for /readyz: a few words without a secret. Safe from any thread."""
        ...


@dataclass(frozen=True, slots=True)
class Spool:
    """What durable delivery stands on: the acknowledged requests, a folder for what is refused, whether the disk has room to
    go on holding what waits, and what gives the records of a request again, as the doors kept them.
    """

    requests: RequestLog
    folder: Path
    has_room: Callable[[], bool]
    decode: Decode


@dataclass(frozen=True, slots=True)
class ExporterContext:
    """What exporters are given. All of it may be used from any thread.

    `link_of` gives the address at which people find an incident, by its key; `is_promised` whether an objective covers what
    it hit. `spool` is None where the store keeps no requests.
    """

    catalog: Catalog
    metrics: EngineMetrics
    link_of: Callable[[str], str]
    is_promised: Callable[[Incident], bool]
    spool: Spool | None = None


MakeExporter = Callable[[Mapping[str, Any], ExporterContext], Exporter | None]
"""Raises SettingsError where its settings cannot be used."""
