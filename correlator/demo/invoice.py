"""The worker's work: an invoice from a template and a customer's record. Here is the fault that the demo finds."""

import re
from collections.abc import Mapping
from typing import Final

from correlator.errors import CorrelatorError

TEMPLATE_NAME: Final = "invoice"
TEMPLATE: Final = "Invoice {invoice.number} for {customer.name}, VAT id {customer.vat_id}: {invoice.total} EUR"
_FIELD: Final = re.compile(r"\{([a-z_.]+)\}")

CUSTOMERS: Final[Mapping[str, Mapping[str, str]]] = {
    "acme": {"customer.name": "Acme Ltd", "customer.vat_id": "DE136695976"},
    "globex": {"customer.name": "Globex Inc"},  # its record came from an import that knew no VAT ids
}


class TemplateFieldMissing(CorrelatorError):
    """A template names a field that its data lacks."""


def find_customer(customer_id: str) -> Mapping[str, str]:
    """The fields of a customer's record. Raises KeyError on an unknown id."""
    return CUSTOMERS[customer_id]


def render_invoice(customer: Mapping[str, str], number: str, total: str) -> str:
    """The invoice's text. Raises TemplateFieldMissing."""
    return fill_template(TEMPLATE_NAME, TEMPLATE, {**customer, "invoice.number": number, "invoice.total": total})


def fill_template(name: str, template: str, fields: Mapping[str, str]) -> str:
    """`template` with each `{field}` replaced. Raises TemplateFieldMissing."""
    for field in _FIELD.findall(template):
        if field not in fields:
            raise TemplateFieldMissing(f"template '{name}' needs field '{field}'")
    return _FIELD.sub(lambda match: fields[match[1]], template)
