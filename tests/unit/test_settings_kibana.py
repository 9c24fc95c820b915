"""The settings section `kibana`."""

from pathlib import Path
from typing import Any

import pytest

from correlator.errors import SettingsError
from correlator.settings import load_settings


def kibana(**given: Any) -> Any:
    return load_settings(None, {"kibana": given}).kibana


def test_nothing_needs_to_be_set() -> None:
    """A Kibana on this machine without security."""
    section = load_settings().kibana
    assert (section.url, section.space) == ("http://127.0.0.1:5601", "default")
    assert section.read_api_key() is None
    assert section.read_user() is None
    assert not section.is_secret_exposed


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "kibana:5601"}, "kibana.url"),
        ({"url": "https://elastic:word@kibana.example.com"}, "holds credentials"),
        ({"space": "Night shift"}, "kibana.space"),
        ({"user": "elastic"}, "user and password_file belong together"),
        ({"password_file": "word"}, "user and password_file belong together"),
        ({"user": "elastic", "password_file": "word", "api_key_file": "key"}, "leave one of them out"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], words: str) -> None:
    """With the key, and what to do."""
    with pytest.raises(SettingsError, match=words):
        kibana(**given)


def test_a_secret_over_http_is_exposed_unless_it_stays_on_this_machine(tmp_path: Path) -> None:
    """The command warns of it."""
    (tmp_path / "key").write_text("abc")
    assert kibana(url="http://kibana.example.com", api_key_file=tmp_path / "key").is_secret_exposed
    assert not kibana(url="https://kibana.example.com", api_key_file=tmp_path / "key").is_secret_exposed
    assert not kibana(api_key_file=tmp_path / "key").is_secret_exposed


def test_a_key_that_cannot_be_read_names_its_setting(tmp_path: Path) -> None:
    """And shows nothing of any file."""
    with pytest.raises(SettingsError, match=r"kibana.api_key_file = .*missing"):
        kibana(api_key_file=tmp_path / "missing").read_api_key()
