"""Packages from npm, installed into a folder of the lab."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

WHY_ABSENT: Final = None if shutil.which("npm") and shutil.which("node") else "npm and node are not installed"


def install(folder: Path, packages: Mapping[str, str]) -> None:
    """Name to version; once for each set of versions. Raises CalledProcessError."""
    stamp, wanted = folder / "installed.json", json.dumps(packages)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": packages}), encoding="utf-8")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    stamp.write_text(wanted, encoding="utf-8")
