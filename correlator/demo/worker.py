"""The demo's worker: takes jobs off the queue and renders invoices. A process: `python -m correlator.demo.worker`.

All that makes it observable is imported from correlator.telemetry, and spans for its own steps from OpenTelemetry's API.
"""

import argparse
import time
from pathlib import Path

from opentelemetry import trace

from correlator.demo.child import DEMO_PACE, announce_ready, run_until_parent_ends
from correlator.demo.invoice import find_customer, render_invoice
from correlator.demo.job_queue import QUEUE_NAME, Job, JobQueue
from correlator.telemetry import bind_job_context, get_logger, instrument

log = get_logger("worker")
tracer = trace.get_tracer("correlator.demo.worker")


def work(job: Job) -> dict[str, str]:
    """Run one job under the trace of whoever queued it. Raises what its steps raise."""
    with bind_job_context(job.metadata, queue_name=QUEUE_NAME, job_id=job.job_id, attempt=job.attempt):
        try:
            invoice = _make_invoice(job)
        except Exception:
            log.exception("invoice_failed", job_id=job.job_id, customer_id=job.customer_id)
            raise
        log.info("invoice_made", job_id=job.job_id, customer_id=job.customer_id)
        return {"invoice": invoice}


def _make_invoice(job: Job) -> str:
    time.sleep(job.pause_s)
    with tracer.start_as_current_span("find_customer"):
        customer = find_customer(job.customer_id)
    with tracer.start_as_current_span("render_invoice"):
        return render_invoice(customer, number=job.job_id[:8], total="120.00")


def main() -> None:
    options = _options()
    instrument("worker", "worker", endpoint=options.otlp_endpoint, pace=DEMO_PACE)
    jobs = JobQueue(options.folder / "jobs.db")
    announce_ready()
    run_until_parent_ends(lambda: jobs.consume(work), options.folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the queue is")
    parser.add_argument("--otlp-endpoint", required=True, help="where telemetry goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
