"""What each store MUST do. One conformance suite (tests/conformance) runs on all of them.

What is called, each beside its MUST clauses:

writer           Writer: takes requests in and makes them durable
reader           Reader: finds records again
catalog          Catalog: keeps what the engine concluded
outcome_ledger   OutcomeLedger: counts events for objectives
lease            Lease: says which of several processes concludes
request_log      RequestLog: reads the requests themselves again; for stores that keep them
store            Store: Writer, Reader, Catalog and Lease in one, and an end

What is given and answered:

frame            Frame: a request as it came in; Decode: how it becomes tables
traces           TraceQuery, TracePage, TraceSummary: which traces, and their list
operations       Operation: what a service does
events           EventPage: what the ledger follows
stats            StoreStats: how much is kept
watch            WatchState, WatchCommit: a turn of the watch
incidents        IncidentQuery, IncidentPage, ErrorGroupPage: which incidents, and lists
ledger_commit    LedgerState, LedgerCommit, BurningWindow: a turn of the ledger

Bounds are [start, end), times unix nanoseconds.
"""

from correlator.store.contract.catalog import Catalog
from correlator.store.contract.events import N8N_COLUMNS, EventPage
from correlator.store.contract.frame import Decode, Frame
from correlator.store.contract.incidents import ErrorGroupPage, IncidentPage, IncidentQuery
from correlator.store.contract.lease import Lease
from correlator.store.contract.ledger_commit import RUNS_KEPT, BurningWindow, LedgerCommit, LedgerState
from correlator.store.contract.operations import Operation
from correlator.store.contract.outcome_ledger import OutcomeLedger
from correlator.store.contract.reader import Reader
from correlator.store.contract.request_log import LoggedRequest, RequestLog, RequestPage
from correlator.store.contract.stats import StoreStats
from correlator.store.contract.store import Store
from correlator.store.contract.traces import TracePage, TraceQuery, TraceSummary
from correlator.store.contract.watch import WatchCommit, WatchState
from correlator.store.contract.writer import Writer

__all__ = [
    "N8N_COLUMNS",
    "RUNS_KEPT",
    "BurningWindow",
    "Catalog",
    "Decode",
    "ErrorGroupPage",
    "EventPage",
    "Frame",
    "IncidentPage",
    "IncidentQuery",
    "Lease",
    "LedgerCommit",
    "LedgerState",
    "LoggedRequest",
    "Operation",
    "OutcomeLedger",
    "Reader",
    "RequestLog",
    "RequestPage",
    "Store",
    "StoreStats",
    "TracePage",
    "TraceQuery",
    "TraceSummary",
    "WatchCommit",
    "WatchState",
    "Writer",
]
