"""docker-compose.observability.yml without a container engine: Compose's own reading of it, each configuration judged by the
tool that will read it, and what must hold of all services whatever is added."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from correlator.elasticsearch import Names
from correlator.elasticsearch.connection import Basic
from correlator.settings import Settings, load_settings
from tests.e2e.compose_checks import WRITES_BESIDE_ITS_PROGRAM, find_faults
from tests.e2e.compose_file import COMPOSE, ROOT, SECRETS, read_compose
from tests.e2e.compose_tools import WITHOUT_COMPOSE, compose_command, lab_program, make_secrets
from tests.e2e.dockerfile import read_dockerfile

TEXT = COMPOSE.read_text(encoding="utf-8")


def test_nothing_is_wrong_with_the_file() -> None:
    """No check complains: rights, ports, limits, healthchecks, addresses, mounts, secrets."""
    assert find_faults(read_compose()) == []


MISTAKES = {
    "latest": ("redis:8.6.7-alpine", "redis:latest", "redis: image redis:latest is not pinned"),
    "no tag": ("prom/prometheus:v3.15.0", "prom/prometheus", "prometheus: image prom/prometheus is not pinned"),
    "root": ('user: "472:0"', 'user: "0:0"', "grafana: user '0:0' is root"),
    "privileged": ('user: "472:0"', 'user: "472:0"\n    privileged: true', "grafana: privileged is given"),
    "host network": ('user: "472:0"', 'user: "472:0"\n    network_mode: host', "grafana: network_mode is given"),
    "capabilities": ("  cap_drop: [ALL]\n", "", "engine: keeps capabilities"),
    "writable root": ("  read_only: true\n", "", "engine: its root is writable"),
    "every address": ('"127.0.0.1:3000:3000"', '"3000:3000"', "grafana: port 3000:3000 is published beyond loopback"),
    "wrong port": ('"127.0.0.1:3000:3000"', '"127.0.0.1:3000:3001"', "grafana: nobody listens on the port"),
    "no limit": (", memory: 1536M, pids: 512", ", pids: 512", "n8n: no limit of memory"),
    "no restart": ("  restart: unless-stopped\n", "", "engine: is not started again"),
    "no such program": ("test: [CMD, curl, -fs", "test: [CMD, nc, -z", "kibana: its healthcheck calls nc"),
    "waits for nothing": ("collector: {condition: service_started}", "collector: {condition: service_healthy}", "n8n: waits"),
    "wrong address": ("http://collector:4318", "http://collector:4319", "n8n: nobody listens on collector:4319"),
    "loopback of a container": ("http://collector:4318", "http://127.0.0.1:4318", "n8n: nobody listens on n8n:4318"),
    "unreachable": ("networks: [flows, queue]", "networks: [queue]", "bridge: collector is in none of its networks"),
    "no such file": ("./rules/collector:", "./rules/otelcol:", "rules/otelcol does not exist"),
    "writable mount": ("/etc/otelcol:ro", "/etc/otelcol", "collector: /etc/otelcol is mounted writable"),
    "unknown secret": (
        "secrets: [n8n_encryption_key]",
        "secrets: [n8n_key]",
        "n8n: is not given the secret n8n_encryption_key",
    ),
    "too many secrets": ("secrets: [n8n_encryption_key]", "secrets: [n8n_encryption_key, redis_password]", "for nothing"),
    "a password in the environment": (
        "GF_SECURITY_ADMIN_PASSWORD__FILE: /run/secrets/grafana_password",
        "GF_SECURITY_ADMIN_PASSWORD: admin",
        "grafana: GF_SECURITY_ADMIN_PASSWORD is written out",
    ),
    "a default password": (
        "GF_SECURITY_ADMIN_PASSWORD__FILE: /run/secrets/grafana_password",
        "GF_SECURITY_ADMIN_PASSWORD: ${PASSWORD:-admin}",
        "grafana: GF_SECURITY_ADMIN_PASSWORD is written out",
    ),
    "a password in a command": ("requirepass $$(cat /run/secrets/redis_password)", "requirepass redis", "redis: a command"),
    "a password in a URL": ("redis://:$$(cat /run/secrets/redis_password)@", "redis://:redis@", "bridge: a command or URL"),
    "a password among arguments": (
        "exec python -m correlator.demo.bridge",
        "exec python -m correlator.demo.bridge --queue redis://:$$(cat /run/secrets/redis_password)@redis:6379/0",
        "bridge: a secret is among the arguments",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen(mistake: str) -> None:
    """Each, made in the file as it is."""
    right, wrong, complaint = MISTAKES[mistake]
    assert right in TEXT
    assert [fault for fault in find_faults(read_compose(TEXT.replace(right, wrong))) if complaint in fault]


def test_every_secret_is_made_and_none_is_overwritten(tmp_path: Path) -> None:
    """By `make compose-secrets`: files of their own behind a folder that is the user's alone, none of them guessable."""
    secrets = make_secrets(tmp_path)
    made = {file.name: file.read_text(encoding="utf-8") for file in secrets.iterdir()}
    assert set(made) == read_compose().secrets
    assert secrets.stat().st_mode & 0o077 == 0
    generated = [value for value in made.values() if value != "none-yet"]
    assert len(set(generated)) == len(generated) == 10
    assert min(map(len, generated)) == 64
    make_secrets(tmp_path)
    assert {file.name: file.read_text(encoding="utf-8") for file in secrets.iterdir()} == made


def test_secrets_are_kept_out_of_git_and_of_the_image() -> None:
    """Both by name, not by luck."""
    assert "/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert not [line for line in ignored if line.startswith("!secrets")]


def test_compose_itself_reads_the_file() -> None:
    """docker compose config: the schema, the anchors, the variables; and the same services come out."""
    command = compose_command()
    if command is None:
        pytest.skip(WITHOUT_COMPOSE)
    done = subprocess.run(
        [*command, "--file", COMPOSE, "config", "--format", "json"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no warning either, of a variable that nobody set for example
    resolved = json.loads(done.stdout)
    assert set(resolved["services"]) == set(read_compose().services)
    writable = {name for name, service in resolved["services"].items() if not service.get("read_only")}
    assert writable == WRITES_BESIDE_ITS_PROGRAM  # what the file merges in with << arrives


def test_the_engine_takes_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the image and the compose file set it; the token is read from its secret."""
    settings = settings_of("engine", tmp_path, monkeypatch)
    assert settings.listen.bearer_token() == secret("correlator_token", tmp_path)
    assert settings.listen.api == "0.0.0.0:7070"
    assert settings.n8n.base_url == "http://n8n:5678"
    assert settings.data_dir == Path("/data")


def test_the_engine_alone_writes_records_to_elasticsearch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is there once: the Collector sends none. The user is the one whose role is the exporter's, and no more."""
    elasticsearch = settings_of("engine", tmp_path, monkeypatch).elasticsearch
    assert elasticsearch.export.enabled
    assert elasticsearch.read_credentials() == Basic("correlator_exporter", secret("exporter_password", tmp_path))
    assert not any("elasticsearch" in text for text in read_compose().services["collector"].command)


def test_the_setup_of_elasticsearch_has_its_own_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may make templates writes no record, and who writes records makes no template; both use the same names."""
    elasticsearch = settings_of("elasticsearch-setup", tmp_path, monkeypatch).elasticsearch
    assert elasticsearch.read_credentials() == Basic("correlator_setup", secret("setup_password", tmp_path))
    assert elasticsearch.names == settings_of("engine", tmp_path, monkeypatch).elasticsearch.names == Names()
    assert read_compose().services["elasticsearch-setup"].command == ["elasticsearch", "setup"]


def test_the_import_into_kibana_takes_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user and the password that Elasticsearch has; no token of the engine's, as it listens nowhere."""
    kibana = settings_of("kibana-import", tmp_path, monkeypatch).kibana
    assert kibana.url == "http://kibana:5601"
    assert kibana.read_user() == ("elastic", secret("elasticsearch_password", tmp_path))
    assert read_compose().services["kibana-import"].command == ["kibana", "import", "--alerts"]


def settings_of(service: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What a container of the engine's image has from the image and from the compose file, with secrets made in `folder`."""
    secrets = make_secrets(folder)
    environment = read_dockerfile().environment("engine") | read_compose().services[service].environment
    with monkeypatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value.replace(SECRETS, f"{secrets}/"))
        return load_settings()


def secret(name: str, folder: Path) -> str:
    """One that `settings_of` has made."""
    return (folder / "secrets" / name).read_text(encoding="utf-8")


def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    """promtool, with the rules that it loads; every rule of ours is among them."""
    promtool = lab_program("promtool", "install-prometheus.sh")
    mounted = mounted_at("prometheus", "/etc/prometheus", tmp_path)
    done = subprocess.run([promtool, "check", "config", mounted / "prometheus.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    rules = list((ROOT / "rules" / "prometheus").rglob("*.rules.yaml"))
    assert f"SUCCESS: {len(rules)} rule files found" in done.stdout


def test_alertmanager_takes_its_configuration(tmp_path: Path) -> None:
    """amtool, with the templates."""
    amtool = lab_program("amtool", "install-alertmanager.sh")
    mounted = mounted_at("alertmanager", "/etc/alertmanager", tmp_path)
    done = subprocess.run([amtool, "check-config", mounted / "alertmanager.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_collector_takes_its_configuration(tmp_path: Path) -> None:
    """As the container starts it."""
    otelcol = lab_program("otelcol-lab", "install-otelcol.sh")
    mounted = mounted_at("collector", "/etc/otelcol", tmp_path)
    flags = [flag.replace("/etc/otelcol", str(mounted)) for flag in read_compose().services["collector"].command]
    done = subprocess.run([otelcol, "validate", *flags], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def mounted_at(service: str, target: str, folder: Path) -> Path:
    """A copy of what a service mounts, which finds its secrets in `folder`."""
    secrets = make_secrets(folder)
    (mount,) = [each for each in read_compose().services[service].mounts if each.target == target]
    for file in mount.files():
        copy = folder / service / file.relative_to(mount.source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text(encoding="utf-8").replace(SECRETS, f"{secrets}/"), encoding="utf-8")
    return folder / service


def test_scripts_in_the_file_are_shell() -> None:
    """bash -n; the image's shells are bash or BusyBox, which both read this."""
    scripts = [each.command[-1] for each in read_compose().services.values() if each.command[:1] in (["sh"], ["bash"])]
    assert len(scripts) >= 6
    for script in scripts:
        done = subprocess.run(["bash", "-n", "-c", script.replace("$$", "$")], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_kibana_finds_its_variables_in_its_command() -> None:
    """What kibana.yml names is what the command sets, no more and no less."""
    kibana = read_compose().services["kibana"]
    (mount,) = kibana.mounts
    document = yaml.safe_load(mount.source.read_text(encoding="utf-8"))
    named = {document["elasticsearch"]["password"], document["xpack.encryptedSavedObjects.encryptionKey"]}
    assigned = {word.partition("=")[0] for word in kibana.command[-1].split() if "=$$(cat" in word}
    assert named == {f"${{{name}}}" for name in assigned}
