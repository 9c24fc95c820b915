"""The section n8n: what it refuses, and that it never shows the key."""

from pathlib import Path

import pytest

from correlator.errors import SettingsError
from correlator.settings import load_settings
from correlator.settings.n8n import N8nSettings

KEY = "n8n-key-8f14e45f"


@pytest.mark.parametrize(
    ("n8n", "named"),
    [
        ({"base_url": "https://n8n.test"}, "api_key_file"),
        ({"base_url": "n8n.test:5678", "api_key": KEY}, "http(s)://host"),
        ({"base_url": "https://u:hunter2@n8n.test", "api_key": KEY}, "credentials"),
        ({"base_url": "https://n8n.test:99999", "api_key": KEY}, "http(s)://host"),
        ({"interval": 10}, "30s"),
        ({"requests_per_second": 0}, "greater than 0"),
        ({"api_key": 7, "base_url": "https://n8n.test"}, "valid string"),
    ],
)
def test_a_mistake_is_named_without_its_secret(n8n: dict[str, object], named: str) -> None:
    """Key, remedy, and nothing of a password or key."""
    with pytest.raises(SettingsError, match="n8n") as raised:
        load_settings(flags={"n8n": n8n})
    assert named in str(raised.value)
    assert KEY not in str(raised.value) and "hunter2" not in str(raised.value)


def test_the_key_comes_from_its_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is in no printed form of the settings."""
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n", encoding="utf-8")
    assert N8nSettings(base_url="https://n8n.test/", api_key_file=file).key() == KEY
    monkeypatch.setenv("CORRELATOR_N8N__API_KEY", KEY)
    monkeypatch.setenv("CORRELATOR_N8N__BASE_URL", "https://n8n.test/api/v1/")
    settings = load_settings()
    assert (settings.n8n.key(), settings.n8n.base_url) == (KEY, "https://n8n.test")
    assert KEY not in repr(settings) and KEY not in settings.model_dump_json()


@pytest.mark.parametrize("content", ["", " \n", "a b", "schlüssel", "key\nanother"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: str) -> None:
    """What no header can carry is told as that, not by the HTTP library."""
    file = tmp_path / "key"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="api_key_file"):
        N8nSettings(base_url="https://n8n.test", api_key_file=file).key()


@pytest.mark.parametrize(
    ("url", "is_exposed"),
    [
        ("http://127.0.0.1:5678", False),
        ("http://[::1]:5678", False),
        ("http://n8n:5678", True),
        ("https://n8n.test", False),
    ],
)
def test_a_key_on_an_open_network_is_noticed(url: str, is_exposed: bool) -> None:
    """Loopback and https are fine."""
    assert N8nSettings(base_url=url, api_key=KEY).is_exposed is is_exposed
