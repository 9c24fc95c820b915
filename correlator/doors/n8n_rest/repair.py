"""What n8n did not tell itself, told in its place: executions that ended (or wait), one after the other."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Final, Protocol

import structlog

from correlator.doors.n8n_rest.client import N8nClient, Reason, Refusal
from correlator.doors.n8n_rest.document import FAILED, FINISHED, Execution, Listed, read_execution
from correlator.doors.n8n_rest.due import due_rows
from correlator.doors.n8n_rest.identity import Identity, identify
from correlator.doors.n8n_rest.ledger import Open, Settled, State
from correlator.doors.n8n_rest.logs import reason
from correlator.doors.n8n_rest.own_spans import Own, own_spans
from correlator.doors.n8n_rest.spans import Resumed
from correlator.doors.n8n_rest.told import (
    MAX_FAILURES,
    OF_ONE_DOCUMENT,
    Done,
    Told,
    given_up,
    says_nothing,
    translated,
    whole,
)
from correlator.doors.n8n_rest.translate import Instance, Reported, Requests, translate
from correlator.doors.n8n_rest.waits import Before, before_wait, note_wait
from correlator.doors.n8n_rest.workflow_spans import WorkflowSpans
from correlator.pipeline.record import Receipt
from correlator.store.contract import Reader

AT_A_TIME: Final = 100  # executions looked up together, and recorded together
CALLS_PER_TURN: Final = 100  # whole executions read only for calls that nobody heard: those that need repair go first
RECORDED_WITHIN_S: Final = 30.0

log = structlog.get_logger()


class Submit(Protocol):
    """Recorder.submit."""

    def __call__(self, body: bytes, signal: str, encoding: str) -> "Future[Receipt]": ...


class Repair:
    """Deals with the executions that are due. For one thread.

    `on_done` is told of each once it is durable. The engine takes in telemetry since `since_unix_nano`.
    """

    def __init__(
        self,
        client: N8nClient,
        reader: Reader,
        submit: Submit,
        instance: Instance,
        on_done: Callable[[Done], None],
        *,
        grace_s: float,
        since_unix_nano: int,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._client = client
        self._reader = reader
        self._submit = submit
        self._instance = instance
        self._on_done = on_done
        self._grace_nano = int(grace_s * 1e9)
        self._since_unix_nano = since_unix_nano
        self._is_stopping = is_stopping
        self._workflow_spans = WorkflowSpans(client, instance.name)
        self._read_for_calls = 0  # this turn

    def run(self, state: State, now_unix_nano: int, until_s: float) -> Refusal | None:
        """Deal with what is due, lowest id first, until time.monotonic is `until_s`. Raises what recording raises.

        Returns why n8n would not answer, if it would not.
        """
        self._read_for_calls = 0
        due = due_rows(state, now_unix_nano - self._grace_nano)
        try:
            for first in range(0, len(due), AT_A_TIME):
                refusal = self._deal_with(due[first : first + AT_A_TIME], state, now_unix_nano, until_s)
                if refusal is not None or self._must_end(until_s):
                    return refusal
        finally:
            if self._read_for_calls > CALLS_PER_TURN:
                log.warning("n8n_calls_not_looked_into", executions=self._read_for_calls - CALLS_PER_TURN)
        return None

    def _may_lack_nodes(self, row: Listed) -> bool:
        """Whether its document is read though n8n told how it ended: it failed, or ran while the engine was away at first."""
        is_astride = (row.started_unix_nano or 0) < self._since_unix_nano < (row.stopped_unix_nano or 0)
        return row.status in FAILED or is_astride

    def _must_end(self, until_s: float) -> bool:
        return self._is_stopping() or time.monotonic() >= until_s

    def _deal_with(self, rows: list[Listed], state: State, now_unix_nano: int, until_s: float) -> Refusal | None:
        """A handful: looked up at once, asked for one by one, settled once all is durable."""
        doubtful = {row.number for row in rows if self._may_lack_nodes(row)}
        owns = own_spans(self._reader, rows, doubtful, now_unix_nano, with_calls=self._instance.payloads)
        for row in rows:
            if row.number in owns:
                self._workflow_spans.remember(row.execution_id, owns[row.number].ref)
        under_way: list[tuple[Done, list[Future[Receipt]]]] = []
        refusal = None
        for row in rows:
            answer = self._tell(row, state, owns.get(row.number))
            if isinstance(answer, Refusal):
                refusal = answer
                break
            if answer is not None:
                under_way.append((answer.done, list(self._submitted(answer.requests))))
            if self._must_end(until_s):
                break
        for done, receipts in under_way:
            self._settle(done, receipts, state)
        return refusal

    def _tell(self, row: Listed, state: State, own: Own | None) -> Told | Refusal | None:
        """What is to become of one execution; None when it is to be tried again next turn."""
        is_whole = own is not None and own.reported.is_whole and not self._may_lack_nodes(row)
        if own is not None and is_whole and not self._looks_into_calls(own):
            return whole(row, own)
        document = self._document(row, state.open[row.number])
        if own is not None and is_whole and says_nothing(document):
            return whole(row, own)
        if isinstance(document, Refusal):
            return given_up(row, state.open[row.number], document)
        if document is None:
            return None
        try:
            return self._translated(row, read_execution(document), state, own)
        except Exception as error:  # a document of a shape nobody foresaw must not stop all others
            log.error("n8n_execution_unreadable", execution_id=row.execution_id, error_type=type(error).__name__)
            return Told(Done(row, "unreadable"))

    def _looks_into_calls(self, own: Own) -> bool:
        """Whether a whole execution is read all the same: nobody heard a call of it, and there is room in this turn."""
        self._read_for_calls += bool(own.reported.unheard)
        return bool(own.reported.unheard) and self._read_for_calls <= CALLS_PER_TURN

    def _document(self, row: Listed, known: Open) -> Mapping[str, Any] | Refusal | None:
        """Its document; without data where that is too large, or did not come in MAX_FAILURES turns."""
        if known.failures < MAX_FAILURES:
            answer = self._client.execution(row.execution_id, include_data=True)
            if not isinstance(answer, Refusal):
                return answer
            if answer.reason in OF_ONE_DOCUMENT:
                known.failures += 1
                return answer if answer.reason is Reason.TIMEOUT else None
            if answer.reason is not Reason.TOO_LARGE:
                return answer
        log.warning("n8n_execution_without_data", execution_id=row.execution_id, failures=known.failures)
        return self._client.execution(row.execution_id, include_data=False)

    def _translated(self, row: Listed, execution: Execution, state: State, own: Own | None) -> Told:
        identity, resumed = self._place(execution, before_wait(state.open[row.number], own))
        reported = replace(own.reported if own is not None else Reported(), resumed=resumed)
        requests = translate(execution, identity, self._instance, reported)
        self._workflow_spans.remember(row.execution_id, identity.ref)
        return translated(row, identity.ref, requests, state.settled.get(row.number), reason(execution))

    def _place(self, execution: Execution, before: Before | None) -> tuple[Identity, Resumed | None]:
        """Where its workflow span stands. A part told by this engine under the same id is replaced by the whole."""
        name = self._instance.name
        alone = identify(execution, name, self._workflow_spans.caller_of(execution))
        if before is None or (alone.ref == before.span and not before.is_own):
            return alone, None
        return identify(execution, name, before.span), Resumed(before.span.span_id, before.end_unix_nano)

    def _submitted(self, requests: Requests) -> Iterator["Future[Receipt]"]:
        if requests.traces:
            yield self._submit(requests.traces, "traces", "protobuf")
        if requests.logs:
            yield self._submit(requests.logs, "logs", "protobuf")

    def _settle(self, done: Done, receipts: list["Future[Receipt]"], state: State) -> None:
        """Once its requests are durable. Raises what recording raises: then it is told again next turn."""
        for receipt in receipts:
            answer = receipt.result(RECORDED_WITHIN_S)
            if answer.rejected:
                log.error("n8n_records_rejected", execution_id=done.row.execution_id, message=answer.message)
        row = done.row
        if row.status in FINISHED or done.outcome in ("gone", "unreadable"):
            state.settle(row.number, Settled(row.started_unix_nano, row.digest, done.sent))
        else:
            note_wait(state.open[row.number], row, done.span)
        self._on_done(done)
