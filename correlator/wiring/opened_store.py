"""What the engine is given, whatever kind of store it runs on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from correlator.doors.n8n_rest.ledger import Kept
from correlator.pipeline.exporter import Spool
from correlator.pipeline.leadership.term import Jobs
from correlator.pipeline.workflows.heard_elsewhere import SharedRecords
from correlator.serve.health import State
from correlator.store.contract import OutcomeLedger, Store


class EngineStore(Store, OutcomeLedger, Protocol):
    """What an engine asks of a store."""


@dataclass(frozen=True, slots=True)
class OpenStore:
    """A store, and what is particular to its kind.

    `close` ends it, idempotent; `check` is for /readyz; `spool` is None where requests are not kept; `shared` is what others
    record too, None where nobody else does. `upkeep` is what the leader does to it in threads.
    """

    store: EngineStore
    close: Callable[[], None]
    check: Callable[[], State]
    n8n_executions: Kept
    spool: Spool | None
    shared: SharedRecords | None
    upkeep: Jobs
