"""Rule: an execution that n8n says another execution called (n8n.execution.parent_id, from REST) is of its story.

The caller is the Execute Workflow node that ran when the sub-workflow started, else the calling workflow.
"""

from collections.abc import Iterator

from correlator.correlate.stitch.caller import EXECUTE_WORKFLOW, calling_span
from correlator.correlate.stitch.claims import Claim
from correlator.correlate.stitch.executions import Execution
from correlator.correlate.stitch.facts import Facts
from correlator.correlate.stitch.key_attributes import id_text
from correlator.correlate.stitch.plausible import agree, within
from correlator.correlate.stitch.scene import Scene
from correlator.model.trace import PARENT_EXECUTION


def parent_execution_claims(scene: Scene) -> Iterator[Claim]:
    """One for each record that names its parent execution."""
    for record in scene.naming:
        parent_id = id_text(record.attributes.parent_id)
        if parent_id is not None:
            parents = [it for it in scene.executions.get(parent_id, ()) if _can_have_called(it, record)]
            callers = [calling_span(scene, it, record.start, node_type=EXECUTE_WORKFLOW) for it in parents]
            yield Claim(PARENT_EXECUTION, scene.head_of(record), callers)


def _can_have_called(parent: Execution, record: Facts) -> bool:
    return (
        parent.trace_id != record.trace_id
        and agree(parent.instance_id, record.instance_id)
        and within(record.start, parent.start, parent.end)
    )
