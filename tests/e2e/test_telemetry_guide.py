"""The how-to's blocks run as they are printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "instrument-a-service.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_of_the_guide_runs_in_a_fresh_process(block: str, tmp_path: Path) -> None:
    """Without an engine, with warnings as errors."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", block],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_the_guide_has_blocks() -> None:
    """An empty list would pass unseen."""
    assert len(BLOCKS) == 10
