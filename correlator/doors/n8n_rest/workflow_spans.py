"""Under which spans executions stand that others called."""

from collections import OrderedDict
from typing import Final

from correlator.doors.n8n_rest.client import N8nClient, Refusal
from correlator.doors.n8n_rest.document import Execution, read_execution
from correlator.doors.n8n_rest.identity import SpanRef, identify

MAX_REFS: Final = 2_000  # workflow spans remembered for the executions that these call


class WorkflowSpans:
    """Of the executions dealt with last; n8n is asked for others."""

    def __init__(self, client: N8nClient, instance_name: str) -> None:
        self._client = client
        self._instance_name = instance_name
        self._refs: OrderedDict[str, SpanRef] = OrderedDict()

    def remember(self, execution_id: str, ref: SpanRef) -> None:
        """The execution's workflow span."""
        self._refs[execution_id] = ref
        self._refs.move_to_end(execution_id)
        while len(self._refs) > MAX_REFS:
            self._refs.popitem(last=False)

    def caller_of(self, execution: Execution) -> SpanRef | None:
        """The workflow span of the execution that called this one, or whose failure it handles."""
        if not execution.parent_id:
            return None
        if execution.parent_id not in self._refs:
            answer = self._client.execution(execution.parent_id, include_data=True)
            if isinstance(answer, Refusal):
                return None
            self.remember(execution.parent_id, identify(read_execution(answer), self._instance_name).ref)
        return self._refs[execution.parent_id]
