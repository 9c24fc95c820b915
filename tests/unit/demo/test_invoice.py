"""The worker's work, and its fault."""

import pytest

from correlator.demo.invoice import TemplateFieldMissing, fill_template, find_customer, render_invoice


def test_invoice_of_a_complete_record() -> None:
    """Every field of the template is filled."""
    text = render_invoice(find_customer("acme"), "7", "120.00")
    assert text == "Invoice 7 for Acme Ltd, VAT id DE136695976: 120.00 EUR"


def test_invoice_of_a_record_without_vat_id() -> None:
    """The fault of the demo: its message names template and field, the same every time."""
    with pytest.raises(TemplateFieldMissing, match=r"^template 'invoice' needs field 'customer.vat_id'$"):
        render_invoice(find_customer("globex"), "7", "120.00")


def test_template_without_fields_is_itself() -> None:
    """Nothing to fill in, nothing to miss."""
    assert fill_template("note", "thank you", {}) == "thank you"
