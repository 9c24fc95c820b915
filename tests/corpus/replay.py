"""Plays a recording into a store, each thing through the door that it came to."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa

from correlator.doors.callbacks.otlp import callback_request
from correlator.doors.callbacks.read import CallbackLimits, read_callback
from correlator.doors.json_logs.formats import read_entry
from correlator.doors.json_logs.otlp_records import LogBatch
from correlator.doors.n8n_rest.document import read_listed
from correlator.doors.n8n_rest.ledger import Open, State
from correlator.doors.n8n_rest.repair import Repair
from correlator.doors.n8n_rest.translate import Instance
from correlator.model.tables import SCHEMAS, Tables
from correlator.pipeline.record import Receipt
from correlator.settings import Settings
from correlator.store.contract import Frame, Reader
from correlator.store.segments import SegmentStore
from correlator.wiring import make_decode, make_limits
from tests.corpus.recording import CALLBACK, EXECUTION, LOG_LINE, OTLP, Recorded

FOREVER: Final = 2**63 - 1


class Replay:
    """A store of its own, filled with a recording."""

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._decode = make_decode(self._settings)
        self._now_unix_nano = 0
        self.store = SegmentStore(folder, lambda frame: self._decode(frame).tables, upkeep_interval_s=None)

    def play(
        self, recorded: Sequence[Recorded], kinds: frozenset[str] = frozenset({OTLP, CALLBACK, LOG_LINE, EXECUTION})
    ) -> None:
        """Take in all of `recorded` of these kinds: what came in its order, and then what n8n's API tells of it.

        The API is asked at the moment of the last arrival, so that a replay is the same on any day.
        """
        self._now_unix_nano = max((each.arrival_unix_nano for each in recorded), default=0)
        for each in recorded:
            if each.kind in kinds and each.kind == OTLP:
                self._submit(each.body, each.content["signal"], "protobuf", each.arrival_unix_nano)
            elif each.kind in kinds and each.kind == CALLBACK:
                self._submit(self._callback(each), "logs", "protobuf", each.arrival_unix_nano)
        if LOG_LINE in kinds:
            self._take_lines([each for each in recorded if each.kind == LOG_LINE])
        if EXECUTION in kinds:
            self._reconcile([each for each in recorded if each.kind == EXECUTION])
        self.store.seal()

    def close(self) -> None:
        self.store.close()

    def _submit(
        self, body: bytes, signal: str, encoding: str, arrival_unix_nano: int | None = None
    ) -> "Future[Receipt]":
        frame = Frame(signal, encoding, arrival_unix_nano or self._now_unix_nano, body)
        decoded = self._decode(frame)
        assert not decoded.rejections, decoded.rejections
        self.store.append(frame, decoded.tables).result(30)
        receipt: Future[Receipt] = Future()
        receipt.set_result(Receipt(decoded.tables.num_rows))
        return receipt

    def _callback(self, each: Recorded) -> bytes:
        limits = make_limits(self._settings)
        allowed = CallbackLimits(limits.body_bytes, limits.nesting_depth, limits.future_skew_s, limits.past_skew_s)
        content = each.content
        body = msgspec.json.encode(content["document"])
        callback = read_callback(content["workflow_id"], body, content["traceparent"], each.arrival_unix_nano, allowed)
        return callback_request(callback, each.arrival_unix_nano).SerializeToString()

    def _take_lines(self, lines: Sequence[Recorded]) -> None:
        batch = LogBatch()
        for line in lines:
            entry = read_entry(msgspec.json.decode(line.content["text"]))
            if entry is not None:
                batch.add(entry)
        self._submit(batch.serialize(), "logs", "protobuf")

    def _reconcile(self, executions: Sequence[Recorded]) -> None:
        documents = {each.content["document"]["id"]: each.content["document"] for each in executions}
        instance = Instance(executions[0].content["base_url"])
        state = State(instance.name, since_unix_nano=0, open=dict(map(_open, documents.values())))
        repair = Repair(
            _Answers(documents),  # type: ignore[arg-type]
            self.store,
            self._submit,
            instance,
            lambda done: None,
            grace_s=0,
            since_unix_nano=0,
            is_stopping=lambda: False,
        )
        refusal = repair.run(state, self._now_unix_nano, time.monotonic() + 600)
        assert refusal is None, refusal


class _Answers:
    """Answers as the client of n8n's API does, from documents that were recorded."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self._documents = documents

    def execution(self, execution_id: str, *, include_data: bool) -> Any:
        return self._documents[execution_id]


def all_records(store: Reader) -> Tables:
    """Every span and log record of a store."""
    return Tables(*(_all(store, signal) for signal in ("traces", "logs")))


def _all(store: Reader, signal: str) -> pa.Table:
    schema = SCHEMAS[signal]
    return store.scan(signal, 0, FOREVER, tuple(schema.names)).select(schema.names).cast(schema)


def _open(document: Any) -> tuple[int, Open]:
    row = read_listed(document)
    assert row is not None, document["id"]
    return row.number, Open(row.workflow_id, row.status, row.digest, row.started_unix_nano, row.stopped_unix_nano)
