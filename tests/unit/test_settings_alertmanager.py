"""The settings of Alertmanager, of other exporters, and of where people reach the API."""

from pathlib import Path

import pytest

from correlator.errors import SettingsError
from correlator.settings import load_settings
from correlator.settings.alertmanager import AlertmanagerSettings


@pytest.mark.parametrize("url", ["am:9093", "https://u:hunter2@am.test", "https://am.test?x=1"])
def test_a_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    """By the key of the setting."""
    for flags in ({"alertmanager": {"urls": [url]}}, {"listen": {"public_url": url}}):
        with pytest.raises(SettingsError) as raised:
            load_settings(flags=flags)
        assert "hunter2" not in str(raised.value)
        assert "alertmanager.urls" in str(raised.value) or "listen.public_url" in str(raised.value)


def test_members_of_a_cluster_are_told_once_each() -> None:
    """With or without the API's path."""
    given = AlertmanagerSettings(urls=("http://a:9093/", "http://b:9093/base/api/v2", "http://a:9093"))
    assert given.urls == ("http://a:9093", "http://b:9093/base")


def test_the_token_is_in_a_file(tmp_path: Path) -> None:
    """One that cannot be read is named."""
    file = tmp_path / "token"
    given = AlertmanagerSettings(token_file=file)
    with pytest.raises(SettingsError, match=r"alertmanager\.token_file"):
        given.read_token()
    file.write_text("secret\n", encoding="utf-8")
    assert given.read_token() == "secret"
    assert AlertmanagerSettings().read_token() == ""


def test_a_token_that_goes_unencrypted_over_a_network_is_known(tmp_path: Path) -> None:
    """The engine warns of it at its start."""
    urls = ("http://am:9093", "https://am:9093", "http://127.0.0.1:9093")
    assert AlertmanagerSettings(urls=urls, token_file=tmp_path / "token").exposed_urls == ("http://am:9093",)
    assert AlertmanagerSettings(urls=urls).exposed_urls == ()


def test_exporters_of_others_have_settings_below_their_name() -> None:
    """Whatever they ask for."""
    given = load_settings(flags={"exporters": {"pager": {"level": 3}}})
    assert given.exporters == {"pager": {"level": 3}}
