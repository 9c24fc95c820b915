"""What is built is what users install: the wheel works from an empty folder, its base install brings no engine."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | environment
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, timeout=150
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that hatchling builds by way of the sdist, as a release would."""
    folder = tmp_path_factory.mktemp("dist")
    built = run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr + built.stdout
    assert len(list(folder.glob("*.tar.gz"))) == 1
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_types_and_the_demos_recording(wheel: Path) -> None:
    """And nothing of the tests."""
    names = zipfile.ZipFile(wheel).namelist()
    assert "correlator/py.typed" in names
    assert "correlator/demo/recording/traces.jsonl" in names
    assert "exporters/alertmanager/__init__.py" in names
    assert "correlator/data/dashboards/grafana/overview.json" in names
    assert "correlator/data/dashboards/kibana/correlator.ndjson" in names
    assert "correlator/data/rules/elasticsearch/silent-success.yaml" in names
    assert not [name for name in names if name.startswith("tests")]


def test_the_demo_runs_from_the_wheel_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """The recorded story travels inside; the explanation names the worker."""
    unpacked, empty = tmp_path / "unpacked", tmp_path / "empty"
    empty.mkdir()
    zipfile.ZipFile(wheel).extractall(unpacked)
    demo = run(sys.executable, "-m", "correlator", "demo", "--once", cwd=empty, PYTHONPATH=str(unpacked))
    assert demo.returncode == 0, demo.stderr
    assert "worker failed first" in demo.stdout
    assert list(empty.iterdir()) == []


def test_the_ready_made_rules_are_found_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """They travel as data of the package; their tests pass from an empty folder."""
    unpacked, empty = tmp_path / "unpacked", tmp_path / "empty"
    empty.mkdir()
    zipfile.ZipFile(wheel).extractall(unpacked)
    check = run(sys.executable, "-m", "correlator", "rules", "check", "--json", cwd=empty, PYTHONPATH=str(unpacked))
    assert check.returncode == 0, check.stderr
    assert str(unpacked / "correlator" / "data" / "rules" / "patterns" / "worker-killed.yaml") in check.stdout


def test_the_base_install_brings_telemetry_and_no_engine(wheel: Path, tmp_path: Path) -> None:
    """`pip install correlator` is what a bridge or a worker needs; the command says what an engine needs besides."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    installed = run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    imported = run(
        python,
        "-c",
        "from correlator.telemetry import instrument, TraceContextMiddleware, bind_job_context",
        cwd=tmp_path,
    )
    assert imported.returncode == 0, imported.stderr
    listed = run(python, "-m", "pip", "list", "--format=freeze", cwd=tmp_path).stdout.lower()
    assert not [name for name in ("duckdb", "pyarrow", "numpy", "fastapi", "scikit-learn", "grpcio") if name in listed]
    command = run(tmp_path / "venv" / "bin" / "correlator", "serve", cwd=tmp_path)
    assert command.returncode == 2
    assert "pip install 'correlator[engine]'" in command.stderr
