"""The store in Elasticsearch before there is one."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from correlator.errors import Unavailable
from correlator.settings import load_settings
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.elasticsearch_store import PAUSE_S, open_elasticsearch_store

NOBODY = "http://127.0.0.1:9"  # discard, RFC 863: where nobody listens


def test_a_cluster_that_is_awaited_is_named_once(tmp_path: Path) -> None:
    """A minute of equal lines would hide what else the log says."""
    place = {"store": {"kind": "elasticsearch"}, "elasticsearch": {"hosts": [NOBODY]}, "data_dir": tmp_path}
    with capture_logs() as logs, pytest.raises(Unavailable, match="does not answer"):
        open_elasticsearch_store(load_settings(flags=place), EngineMetrics(), str, wait_s=1.5 * PAUSE_S)
    (awaited,) = [each for each in logs if each["event"] == "elasticsearch_awaited"]
    assert awaited["hosts"] == [NOBODY]
