"""What was told before this process began; and, where engines share a store, what the others are told."""

from correlator.pipeline.leadership.term import Job
from correlator.pipeline.workflows.heard_elsewhere import HeardElsewhere
from correlator.wiring.parts import Parts


def recalling(parts: Parts) -> dict[str, Job]:
    """What turns in every engine, by the names of threads."""
    silence, shared = parts.workflows.silence, parts.stored.shared
    if shared is None:
        return {"executions": silence.follow, "alerts-recall": parts.alerts.recall}
    heard = HeardElsewhere(
        shared,
        parts.workflows.executions,
        parts.alerts.heard,
        silence.recalled,
        with_workflow_spans=parts.settings.n8n.base_url is not None,
    )
    return {"heard-elsewhere": heard.run}
