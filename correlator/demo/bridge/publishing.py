"""Queues a job within its producer span."""

from dataclasses import replace

from correlator.demo import faults
from correlator.demo.jobs.job import Job
from correlator.demo.jobs.queues import JobQueues
from correlator.demo.truth import record_truth, story_headers
from correlator.telemetry import inject_job_context, publish_job


def publish(queues: JobQueues, job: Job, payload_hash: str = "") -> str:
    """Queue `job` with the trace's context in its metadata; return the id of the job that answers, which may be an earlier one.

    Raises KeyReused, QueueUnavailable.
    """
    story = story_headers()
    with publish_job(job.queue, job.job_id, idempotency_key=job.idempotency_key):
        record_truth(story, "bridge")
        metadata: dict[str, str] = {}
        if faults.DROPPED_JOB_CONTEXT not in faults.names_in(job.fault):
            inject_job_context(metadata)
        return queues.publish(replace(job, metadata={**metadata, **story}), payload_hash)
