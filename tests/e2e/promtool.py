"""promtool: what Prometheus itself says of rules. Debian's, or one that was built."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

LAB = Path(os.environ.get("CORRELATOR_LAB", Path.home() / ".cache" / "correlator-lab"))
PROMTOOL = shutil.which("promtool") or shutil.which(LAB / "bin" / "promtool")
WHY_SKIPPED = (
    "there is no promtool: install Prometheus (apt-get install prometheus), or build it into $CORRELATOR_LAB/bin"
)


def check_rules(files: Sequence[Path]) -> str:
    """What `promtool check rules` found wrong; empty where all is well."""
    return _failures("check", "rules", *files)


def failed_tests(file: Path) -> str:
    """Which cases of a test file failed, and how; empty where none did."""
    return _failures("test", "rules", file)


def write_yaml(file: Path, document: Mapping[str, object]) -> Path:
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file


def _failures(*arguments: str | Path) -> str:
    assert PROMTOOL is not None, WHY_SKIPPED
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, timeout=300, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr
