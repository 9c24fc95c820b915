"""The settings of a Prometheus that objectives ask."""

from pathlib import Path

import pytest

from correlator.errors import SettingsError
from correlator.settings import load_settings
from correlator.settings.slo import SloSettings


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("prometheus:9090", "http://127.0.0.1:9090"),
        ("https://u:hunter2@prometheus.test", "credentials"),
        ("https://prometheus.test?a=b", "query"),
    ],
)
def test_a_url_that_is_none_is_refused_without_its_password(url: str, named: str) -> None:
    """The key of the setting, and a remedy."""
    with pytest.raises(SettingsError, match=r"slo\.prometheus_url") as raised:
        load_settings(flags={"slo": {"prometheus_url": url}})
    assert named in str(raised.value) and "hunter2" not in str(raised.value)


def test_the_token_is_read_anew_each_time(tmp_path: Path) -> None:
    """So that it may be changed in its file; without a file there is none."""
    file = tmp_path / "token"
    given = SloSettings(prometheus_url="https://prometheus.test/base/api/v1/", prometheus_token_file=file)
    assert given.prometheus_url == "https://prometheus.test/base"
    for token in ("first", "user:second"):
        file.write_text(f"{token}\n", encoding="utf-8")
        assert given.prometheus_token() == token
    assert SloSettings().prometheus_token() == ""


@pytest.mark.parametrize("content", [None, "", "two words"])
def test_a_file_without_a_token_is_named_and_not_quoted(tmp_path: Path, content: str | None) -> None:
    """None: the file is not there."""
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"slo\.prometheus_token_file") as raised:
        SloSettings(prometheus_token_file=file).prometheus_token()
    assert "two words" not in str(raised.value)


def test_a_token_that_goes_unencrypted_over_a_network_is_known(tmp_path: Path) -> None:
    """To another machine by http."""
    for url, is_exposed in (("http://127.0.0.1:9090", False), ("http://prometheus:9090", True), ("https://p", False)):
        given = SloSettings(prometheus_url=url, prometheus_token_file=tmp_path / "token")
        assert given.is_prometheus_token_exposed is is_exposed
