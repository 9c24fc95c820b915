"""What each processing type does, and what the worker logs of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from correlator.demo.items import NodeItem, payloads, read_items
from correlator.demo.jobs.job import Job
from correlator.demo.worker.each_item import do_each
from correlator.demo.worker.email_send import MailSender
from correlator.demo.worker.invoices import make_invoice
from correlator.demo.worker.template_render import render
from correlator.demo.worker.validation import validate
from correlator.errors import CorrelatorError
from correlator.telemetry import record_payload

Work = Callable[[Job], dict[str, Any]]


class UnknownProcessingType(CorrelatorError):
    """A job of a type that this worker does not do."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`work` gives the job's result, a JSON object; `done` and `failed` are the events that are logged."""

    work: Work
    done: str
    failed: str


def make_kinds(mails: MailSender) -> Mapping[str, Kind]:
    """All kinds, by processing type."""
    return {
        "email_send": Kind(_on_items(mails.send), "email_sent", "email_failed"),
        "template_render": Kind(_on_items(render), "template_rendered", "template_failed"),
        "validation": Kind(_on_items(validate), "validation_passed", "validation_failed"),
        "invoice": Kind(make_invoice, "invoice_made", "invoice_failed"),
    }


def find_kind(kinds: Mapping[str, Kind], processing_type: str) -> Kind:
    """Raises UnknownProcessingType."""
    if processing_type not in kinds:
        raise UnknownProcessingType(f"processing type {processing_type!r} is none of {', '.join(sorted(kinds))}")
    return kinds[processing_type]


def _on_items(do: Callable[[NodeItem], dict[str, Any]]) -> Work:
    def work(job: Job) -> dict[str, Any]:
        record_payload(payloads(job.input))
        return do_each(read_items(job.input), do)

    return work
