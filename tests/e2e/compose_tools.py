"""The real programs that read what compose mounts, and the secrets that they ask for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.compose_file import ROOT
from tests.e2e.peers import WHY_SKIPPED, installed, scripts

LAB: Final = Path(os.environ.get("CORRELATOR_LAB", Path.home() / ".cache" / "correlator-lab"))
WITHOUT_COMPOSE: Final = (
    "there is no docker compose: install its plugin, or build it with tests/e2e/install-docker-compose.sh"
)


def compose_command() -> list[str] | None:
    """Compose v2, as a program of its own or as docker's plugin; None where there is neither."""
    own = shutil.which(LAB / "bin" / "docker-compose") or shutil.which("docker-compose")
    for command in ([own] if own else [], ["docker", "compose"]):
        if command and shutil.which(command[0]) and _is_v2(command):
            return command
    return None


def _is_v2(command: list[str]) -> bool:
    done = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, timeout=30)
    return done.returncode == 0 and int(done.stdout.strip().lstrip("v").partition(".")[0]) >= 2


def lab_program(name: str, script: str) -> Path:
    """A program of the lab, installed by its script if it is missing; skips where there is no script."""
    there = shutil.which(LAB / "bin" / name)
    if there is not None:
        return Path(there)
    if scripts() is None:
        pytest.skip(WHY_SKIPPED)
    return installed(script, name)


def make_secrets(folder: Path) -> Path:
    """`make compose-secrets` in another folder than the repository's; where the secrets are."""
    command = ["make", "--silent", "--file", ROOT / "Makefile", f"PYTHON={sys.executable}", "compose-secrets"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return folder / "secrets"
