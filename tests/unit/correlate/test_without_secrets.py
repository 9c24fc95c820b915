"""Texts without secrets; what n8n's documents hold beside texts is in tests/unit/doors/n8n_rest/test_redact.py."""

import pytest

from correlator.correlate.without_secrets import without_secrets

SECRET = "hunter2-Zx9Qw8Er7Ty6"


@pytest.mark.parametrize(
    "text",
    [
        f"worker failed first: it raised OperationalError ('postgres://ann:{SECRET}@db/orders is away')",
        f"bridge logged 'login failed: password={SECRET}'",
        f"bridge answered HTTP 401 to Authorization: Bearer {SECRET}",
        f"GET https://api.example.org/orders?api_key={SECRET} failed",
        f"config was {{'client_secret': '{SECRET}'}}",
    ],
)
def test_no_secret_is_left(text: str) -> None:
    """Whatever form it came in."""
    assert SECRET not in without_secrets(text)


def test_a_text_without_secrets_stays() -> None:
    """Word for word."""
    text = "worker failed first: it raised TimeoutError ('no answer from orders-db:5432 within 2.0 s')."
    assert without_secrets(text) == text
