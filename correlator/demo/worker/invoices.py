"""Renders the invoice of one customer: the work of the recorded demo."""

import time
from typing import Any

from opentelemetry import trace

from correlator.demo.invoice import find_customer, render_invoice
from correlator.demo.jobs.job import Job

tracer = trace.get_tracer("correlator.demo.worker")


def make_invoice(job: Job) -> dict[str, Any]:
    """`{"invoice": text}`. Raises KeyError on an unknown customer, TemplateFieldMissing."""
    time.sleep(job.input["pause_s"])
    with tracer.start_as_current_span("find_customer"):
        customer = find_customer(job.input["customer_id"])
    with tracer.start_as_current_span("render_invoice"):
        return {"invoice": render_invoice(customer, number=job.job_id[:8], total="120.00")}
