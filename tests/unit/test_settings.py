"""Settings: where they come from, and what a mistake is answered with."""

from pathlib import Path

import pytest

from correlator.errors import SettingsError
from correlator.settings import load_settings
from correlator.settings.units import is_loopback


def write(path: Path, text: str) -> Path:
    file = path / "correlator.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_listen_on_loopback_with_the_standard_ports() -> None:
    """A newcomer's engine is reachable from this machine only."""
    settings = load_settings()
    assert settings.listen.addresses() == {
        "otlp_http": "127.0.0.1:4318",
        "otlp_grpc": "127.0.0.1:4317",
        "api": "127.0.0.1:7070",
    }
    assert settings.limits.body == 16 * 2**20
    assert settings.incidents.quiet == 900.0


def test_flags_win_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three sources, one order."""
    file = write(tmp_path, "store: {seal_age: 10s, seal_rows: 1, min_free: 1MiB}\n")
    monkeypatch.setenv("CORRELATOR_STORE__SEAL_AGE", "20s")
    monkeypatch.setenv("CORRELATOR_STORE__SEAL_ROWS", "2")
    settings = load_settings(file, {"store": {"seal_age": "30s"}})
    assert (settings.store.seal_age, settings.store.seal_rows, settings.store.min_free) == (30.0, 2, 2**20)


def test_a_status_that_would_be_forgotten_before_its_timeout_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else no execution would ever time out."""
    monkeypatch.setenv("CORRELATOR_CALLBACKS__STATUS_TTL", "10m")
    with pytest.raises(SettingsError, match=r"status_ttl of 600s would forget .* timeout of 1800s"):
        load_settings()


def test_a_wrong_redis_url_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may hold a password."""
    monkeypatch.setenv("CORRELATOR_EVENTS__REDIS_URL", "http://:s3cret@host")
    with pytest.raises(SettingsError, match="redis://") as refusal:
        load_settings()
    assert "s3cret" not in str(refusal.value)
    monkeypatch.setenv("CORRELATOR_EVENTS__REDIS_URL", "redis://:s3cret@host/0")
    assert "s3cret" not in repr(load_settings())


def test_the_store_that_keeps_records_says_how_long() -> None:
    """The other's setting means nothing then."""
    embedded = {"retention_age": "3d"}
    assert load_settings(flags={"store": embedded}).records_kept_s == 3 * 86400
    assert load_settings(flags={"store": {"retention_age": None}}).records_kept_s is None
    distributed = {"store": embedded | {"kind": "elasticsearch"}, "elasticsearch": {"retention": "7d"}}
    assert load_settings(flags=distributed).records_kept_s == 7 * 86400


def test_settings_cannot_be_changed_once_loaded() -> None:
    """One frozen tree."""
    with pytest.raises(ValueError, match="frozen"):
        load_settings().data_dir = Path("/elsewhere")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("store: {seal_ages: 10s}", ["store.seal_ages", "did you mean 'store.seal_age'"]),
        ("stor: {}", ["'stor' is unknown", "'store'"]),
        ("store: {seal_age: 10}", ["store.seal_age", "10", "unit", "30s"]),
        ("store: {seal_age: 10 parsecs}", ["store.seal_age", "10 parsecs", "30s"]),
        ("limits: {body: 64}", ["limits.body", "64", "64MiB"]),
        ("limits: {body: 0MiB}", ["limits.body", "greater than 0"]),
        ("record: {decode_processes: -1}", ["record.decode_processes", "-1"]),
        ("listen: {api: '7070'}", ["listen.api", "7070", "host:port"]),
        ("listen: {api: '127.0.0.1:70700'}", ["listen.api", "70700", "host:port"]),
        ("elasticsearch: {hosts: 'http://es:9200'}", ["elasticsearch.hosts", "needs a list"]),
        ("systems: [{system: mainframe, attribute: service.name, pattern: 'x*'}]", ["systems.0.system", "mainframe"]),
        ("- a list", ["no YAML mapping"]),
        ("store: {", ["no YAML mapping"]),
    ],
)
def test_a_mistake_in_the_file_names_key_value_and_remedy(tmp_path: Path, text: str, named: list[str]) -> None:
    """Unknown key, bad unit, impossible value: each says what to write instead."""
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, text))
    for part in named:
        assert part in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A mistyped --config is no reason to start with defaults."""
    with pytest.raises(SettingsError, match=r"nothing\.yaml"):
        load_settings(tmp_path / "nothing.yaml")


def test_an_unknown_environment_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped variable would otherwise be ignored in silence."""
    monkeypatch.setenv("CORRELATOR_STORE__SEAL_AGES", "10s")
    with pytest.raises(SettingsError, match=r"CORRELATOR_STORE__SEAL_AGES.*store\.seal_age"):
        load_settings()


def test_what_a_cluster_sets_for_a_service_of_our_name_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubernetes sets CORRELATOR_SERVICE_HOST and the like."""
    monkeypatch.setenv("CORRELATOR_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("CORRELATOR_PORT_4318_TCP", "tcp://10.0.0.1:4318")
    assert load_settings().listen.api == "127.0.0.1:7070"


@pytest.mark.parametrize("address", ["0.0.0.0:4318", "192.0.2.1:4318", "[::]:4318", "engine.example:4318"])
def test_an_address_that_others_reach_needs_a_token(address: str) -> None:
    """Secure by default: no login is needed on loopback only."""
    with pytest.raises(SettingsError, match=r"can be reached from other machines.*token_file"):
        load_settings(flags={"listen": {"otlp_http": address}})


def test_a_token_opens_other_addresses_and_never_shows(tmp_path: Path) -> None:
    """The token may come from a file; neither form prints it."""
    file = tmp_path / "token"
    file.write_text("s3cret\n", encoding="utf-8")
    by_file = load_settings(flags={"listen": {"api": "0.0.0.0:7070", "token_file": str(file)}})
    by_value = load_settings(flags={"listen": {"api": "0.0.0.0:7070", "token": "s3cret"}})
    assert by_file.listen.bearer_token() == by_value.listen.bearer_token() == "s3cret"
    assert "s3cret" not in repr(by_value)


def test_an_empty_or_missing_token_file_is_an_error(tmp_path: Path) -> None:
    """Starting with an empty token would be starting without one."""
    (tmp_path / "empty").touch()
    for name, message in (("empty", "is empty"), ("missing", "make it readable")):
        settings = load_settings(flags={"listen": {"token_file": str(tmp_path / name)}})
        with pytest.raises(SettingsError, match=message):
            settings.listen.bearer_token()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1:1", True),
        ("127.8.8.8:1", True),
        ("[::1]:1", True),
        ("localhost:1", True),
        ("0.0.0.0:1", False),
        ("a.b:1", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(address: str, expected: bool) -> None:
    """Names other than localhost are not looked up."""
    assert is_loopback(address) is expected


@pytest.mark.parametrize(
    "text",
    [
        'listen:\n  token: "s3cret\n',
        "listen: {token: [s3cret]}\n",
        "listen: s3cret\n",
        "listen: {token: *s3cret}\n",
        "listen: {token: 'x\x01s3cret'}\n",
    ],
)
def test_a_mistake_beside_the_token_does_not_show_it(tmp_path: Path, text: str) -> None:
    """YAML's own message would quote the line."""
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, text))
    assert "s3cret" not in str(caught.value)


def test_a_section_in_one_variable_that_is_no_json_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the section, never the value."""
    monkeypatch.setenv("CORRELATOR_LISTEN", '{"token": "s3cret')
    with pytest.raises(SettingsError, match=r'"listen".*CORRELATOR_STORE__SEAL_AGE') as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)


def test_a_list_in_a_variable_that_is_no_json_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how a list is written there."""
    monkeypatch.setenv("CORRELATOR_KAFKA__BOOTSTRAP_SERVERS", "kafka:9092")
    with pytest.raises(SettingsError, match=r'"kafka".*a list as JSON, as in .*=\'\["http:'):
        load_settings()


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("store", "retention_age", "999999999d"),
        ("limits", "body", "9" * 400 + "GB"),
        ("store", "min_free", "99999999TB"),
    ],
)
def test_what_64_bits_cannot_hold_is_an_error(section: str, key: str, value: str) -> None:
    """Times are reckoned in int64 nanoseconds, sizes in int64 bytes."""
    with pytest.raises(SettingsError, match=rf"{section}\.{key}.*is more than 9"):
        load_settings(flags={section: {key: value}})


@pytest.mark.parametrize(
    "url", ["http://me:s3cret@es", "me:s3cret@es:9200", "http://es?key=s3cret", "http://es#s3cret"]
)
@pytest.mark.parametrize(("section", "key", "is_list"), [("elasticsearch", "hosts", True), ("kibana", "url", False)])
def test_a_secret_in_a_url_is_not_shown(url: str, section: str, key: str, is_list: bool) -> None:
    """The error says where it stands, and not what it is."""
    with pytest.raises(SettingsError, match=f"{section}.{key}") as told:
        load_settings(flags={section: {key: [url] if is_list else url}})
    assert "s3cret" not in str(told.value)


def test_a_token_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    """Such as one that was written as UTF-16."""
    (tmp_path / "token").write_bytes(b"\xff\xfes\x00")
    settings = load_settings(flags={"listen": {"token_file": str(tmp_path / "token")}})
    with pytest.raises(SettingsError, match="no UTF-8"):
        settings.listen.bearer_token()
