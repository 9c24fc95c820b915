"""The settings section `forward`."""

from typing import Any

import pytest
from pydantic import ValidationError

from correlator.errors import SettingsError
from correlator.settings import load_settings
from correlator.settings.forward import ForwardSettings

GOOD = {"name": "tempo", "endpoint": "https://tempo.example.com:4318/"}


def test_a_name_and_a_place_suffice() -> None:
    """Everything goes there over HTTP; a slash at the end is none of the place."""
    (target,) = ForwardSettings(targets=(GOOD,)).targets  # type: ignore[arg-type]
    assert (target.endpoint, target.protocol) == ("https://tempo.example.com:4318", "http")
    assert target.signals == ("traces", "logs", "metrics")
    assert target.read_headers() == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Tempo one"}, "pattern"),
        ({"endpoint": "tempo:4318"}, r"needs http\(s\)://host"),
        ({"endpoint": "https://me:secret@tempo"}, "credentials"),
        ({"protocol": "kafka"}, "'http' or 'grpc'"),
        ({"signals": []}, "at least 1"),
        ({"signals": ["profiles"]}, "'traces', 'logs' or 'metrics'"),
        ({"header_files": {"X Tenant": "/run/tenant"}}, "no name of a header"),
        ({"timeout": "5"}, "unit"),
        ({"token": "secret"}, "Extra inputs"),
    ],
)
def test_a_mistake_is_named(change: dict[str, Any], message: str) -> None:
    """Secrets have no place but files."""
    with pytest.raises(ValidationError, match=message):
        ForwardSettings(targets=(GOOD | change,))  # type: ignore[arg-type]


def test_each_target_has_a_name_of_its_own() -> None:
    """By which its place in the log is kept."""
    with pytest.raises(ValidationError, match="two targets are called 'tempo'"):
        ForwardSettings(targets=(GOOD, GOOD))  # type: ignore[arg-type]


def test_a_password_in_an_endpoint_is_not_quoted() -> None:
    """What is refused there may hold one."""
    target = GOOD | {"endpoint": "https://me:geheim@tempo"}
    with pytest.raises(SettingsError, match="endpoint") as raised:
        load_settings(None, {"forward": {"targets": [target]}})
    assert "geheim" not in str(raised.value)
