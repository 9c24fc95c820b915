"""Runs the tests of this folder, and the conformance suite, on one Elasticsearch and one Kafka: `python -m tests.elastic [OPTION OF PYTEST ...]`.

A server that the environment names is used; one that it does not is started by the scripts in $CORRELATOR_PEERS, and stopped at
the end. Where there is neither, the tests skip and say why.
"""

import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from tests.e2e.jvm_peers import ELASTICSEARCH_VARIABLE, KAFKA_VARIABLE, own_elasticsearch, own_kafka
from tests.e2e.peers import scripts

PYTEST = ("-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
FOLDER = Path(__file__).parent
CONFORMANCE = FOLDER.parent / "conformance"  # what every store must do: here it finds an Elasticsearch


def main(options: list[str]) -> int:
    """Pytest's exit code."""
    signal.signal(signal.SIGTERM, _end)
    with ExitStack() as servers:
        environment = os.environ | (_addresses(servers) if scripts() else {})
        return subprocess.run(
            [sys.executable, *PYTEST, str(FOLDER), str(CONFORMANCE), *options], env=environment
        ).returncode


def _addresses(servers: ExitStack) -> dict[str, str]:
    """Of the servers that the environment does not name, which now run until `servers` is closed."""
    wanted = {ELASTICSEARCH_VARIABLE: _elasticsearch, KAFKA_VARIABLE: _kafka}
    with ThreadPoolExecutor() as pool:  # side by side
        started = {name: pool.submit(start, servers) for name, start in wanted.items() if not os.environ.get(name)}
    return {name: address.result() for name, address in started.items()}


def _elasticsearch(servers: ExitStack) -> str:
    return servers.enter_context(own_elasticsearch()).url


def _kafka(servers: ExitStack) -> str:
    folder = servers.enter_context(tempfile.TemporaryDirectory(prefix="kafka-"))
    return servers.enter_context(own_kafka(Path(folder))).address


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Ended by SIGTERM, the servers are stopped too."""
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
