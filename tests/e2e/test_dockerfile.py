"""The Dockerfile without a container engine: what it says, and its own steps and entrypoint run here, as the user and with the
one writable folder that the container has."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.compose_file import ROOT, read_compose
from tests.e2e.compose_tools import make_secrets
from tests.e2e.container_user import WHY_SKIPPED, as_user, can_become_another, give
from tests.e2e.dockerfile import read_dockerfile
from tests.ports import free_port

BUILD_TOOLS = ("gcc", "make", "build-essential", "git", "curl", "hatchling")


def test_the_base_image_is_one_release() -> None:
    """The same for building and running, so that what is built runs."""
    dockerfile = read_dockerfile()
    assert re.fullmatch(r"3\.11\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?", dockerfile.arguments["PYTHON"])
    images = {stage.base for stage in dockerfile.stages.values() if stage.base not in dockerfile.stages}
    assert images == {"python:${PYTHON}"}


@pytest.mark.parametrize("stage", ["engine", "demo"])
def test_what_runs_is_no_root_and_has_no_tools(stage: str) -> None:
    """Nobody's user, no package manager, no compiler; what was installed comes from the other stage."""
    dockerfile = read_dockerfile()
    assert dockerfile.last(stage, "USER") == "10001:10001"
    steps = " ".join(value for each in dockerfile.lineage(stage) for value in each.values("RUN"))
    assert "pip uninstall --yes" in steps
    assert "install " not in steps.replace("install --directory", "").replace("pip uninstall", "")
    assert not [tool for tool in BUILD_TOOLS if tool in steps]
    assert dockerfile.stages[stage].values("COPY") == [f"--from=build /opt/{stage} /opt/{stage}"]


def test_the_compose_file_runs_what_is_built() -> None:
    """Targets, user and healthcheck are the Dockerfile's."""
    dockerfile = read_dockerfile()
    for service in read_compose().services.values():
        if service.is_ours:
            target = service.document["build"]["target"]
            assert target in dockerfile.stages
            assert service.document["user"] == dockerfile.last(target, "USER")
    assert (
        json.loads(dockerfile.last("engine", "HEALTHCHECK").partition("CMD ")[2])
        == (read_compose().services["engine"].healthcheck[1:])
    )


def test_all_that_is_copied_is_there_and_is_sent() -> None:
    """Each source exists in the repository, and .dockerignore lets it through."""
    sent = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = {source for value in read_dockerfile().stages["build"].values("COPY") for source in value.split()[:-1]}
    assert copied == sent
    assert [source for source in sorted(copied) if not (ROOT / source).exists()] == []


def build_context(folder: Path) -> Path:
    """What the builder would be sent, and nothing else."""
    for value in read_dockerfile().stages["build"].values("COPY"):
        *sources, target = value.split()
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, folder / target)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/opt of the image: the RUN steps of the stage `build`, in this order, in folders of the test's own. The demo's venv has the
    same but for an extra, and is left out."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "src").mkdir()
    context = build_context(folder / "src")
    for step in read_dockerfile().stages["build"].values("RUN"):
        if "/opt/demo" in step:
            continue
        command = step.replace("/opt/", f"{folder}/opt/").replace("/wheels", f"{folder}/wheels")
        command = re.sub(r"(^|&& )(python|pip) ", lambda match: match[1] + _program(match[2]), command)
        done = subprocess.run(["sh", "-c", command], cwd=context, capture_output=True, text=True, timeout=170)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return folder / "opt"


def _program(name: str) -> str:
    return f"{sys.executable} " if name == "python" else f"{sys.executable} -m pip "


@pytest.mark.slow
@pytest.mark.skipif(not can_become_another(), reason=WHY_SKIPPED)
def test_the_engine_starts_as_nobody_and_writes_into_its_data_alone(installed: Path, tmp_path: Path) -> None:
    """User 10001, no home, no capability, a folder of its own: ready, healthy by the image's healthcheck, ended by SIGTERM."""
    assert not (installed / "engine" / "bin" / "pip").exists()
    data, log = tmp_path / "data", tmp_path / "log"
    give(data, "10001:10001")
    token = make_secrets(tmp_path) / "correlator_token"
    environment = container_environment(data, token, free_port())
    before = files_of_10001()
    command = [*as_user("10001:10001"), installed / "engine" / "bin" / "correlator", "serve"]
    with log.open("w") as errors:
        process = subprocess.Popen(command, cwd=data, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline() or "{}")
        assert ready.get("ready"), log.read_text()
        assert is_healthy(installed, environment)
        assert httpx.get(f"http://{ready['api']}/metrics", trust_env=False).status_code == 401
    finally:
        process.terminate()
        code = process.wait(30)
        process.stdout.close()
    assert code == 0, log.read_text()
    assert any(data.iterdir())
    assert files_of_10001() - before == set()


def container_environment(data: Path, token: Path, api_port: int) -> dict[str, str]:
    """The image's variables with this test's folders and free ports; no HOME, nothing of the test's own."""
    moved = {"CORRELATOR_DATA_DIR": str(data), "CORRELATOR_LISTEN__TOKEN_FILE": str(token)}
    ports = {
        "CORRELATOR_LISTEN__OTLP_HTTP": "127.0.0.1:0",
        "CORRELATOR_LISTEN__OTLP_GRPC": "127.0.0.1:0",
        "CORRELATOR_LISTEN__API": f"127.0.0.1:{api_port}",
    }
    image = read_dockerfile().environment("engine")
    assert set(ports) <= set(image)
    return {**image, **moved, **ports, "PATH": "/usr/bin:/bin"}


def is_healthy(installed: Path, environment: dict[str, str]) -> bool:
    """What the image's healthcheck says, run as it is but for the port."""
    program, *words = read_compose().services["engine"].healthcheck[1:]
    assert program == "python"
    port = environment["CORRELATOR_LISTEN__API"].rpartition(":")[2]
    check = [installed / "engine" / "bin" / program, *(word.replace("7070", port) for word in words)]
    return subprocess.run(check, env=environment, timeout=10).returncode == 0


def files_of_10001() -> set[Path]:
    """Files of the image's user where any user may write; its data folder is beside them."""
    found = subprocess.run(
        ["find", "/tmp", "/var/tmp", "/dev/shm", "-uid", "10001", "-not", "-path", "*/data/*", "-not", "-name", "data"],
        capture_output=True,
        text=True,
    )
    return {Path(line) for line in found.stdout.splitlines()}
