"""A real Elasticsearch and a real Kafka: at addresses from the environment, or started by the scripts in $CORRELATOR_PEERS."""

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.e2e.peers import SCRIPTS_VARIABLE, is_running, scripts, stop
from tests.ports import free_port

ELASTICSEARCH_VARIABLE = "CORRELATOR_TEST_ELASTICSEARCH"
KAFKA_VARIABLE = "CORRELATOR_TEST_KAFKA"
_ELASTICSEARCH_LAB = Path(os.environ.get("CORRELATOR_LAB", "/var/tmp/correlator-lab")) / "elasticsearch"
"""The server runs as a user of its own where root starts it: that user must reach the folder, as it does no tmp_path."""
_IN_MEMORY = Path("/dev/shm/correlator-lab")
"""Data outlive a kill of the server there as well; without an fsync a request, tests take half the time (measured in pairs)."""
_ROOM_BYTES = 8 * 2**30  # of memory: a test's server has a heap of 1 GiB and some hundred MB of data
WHY_NO_ELASTICSEARCH = (
    f"neither {ELASTICSEARCH_VARIABLE} (URL of an Elasticsearch for tests) nor {SCRIPTS_VARIABLE} is set: it names the "
    "folder of the scripts that install and start one"
)
WHY_NO_KAFKA = (
    f"neither {KAFKA_VARIABLE} (host:port of a Kafka for tests) nor {SCRIPTS_VARIABLE} is set: it names the folder of the "
    "scripts that install and start one"
)


@dataclass(slots=True)
class JvmServer:
    """A server of its script, with a data folder and ports of its own, that a test may stop, kill and start again."""

    script: str
    environment: dict[str, str]
    address: str  # host:port
    folder: Path

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(int((self.folder / "pid").read_text()))

    def start(self, *, keep: bool = False) -> None:
        """Empty, or with `keep` on the data that is there. Raises AssertionError with what the script said."""
        kept = {"ES_KEEP": "1", "KAFKA_KEEP": "1"} if keep else {}
        with _one_download():
            self.run("install")
        self.run("start", kept)

    def run(self, word: str, further: dict[str, str] | None = None) -> None:
        """Call the script, as `elasticsearch.sh stock`."""
        command = ["bash", str((scripts() or Path()) / self.script), word]
        said = self.folder / "script.log"  # a file, no pipe: the server would keep that open
        with _one_download() if word == "stock" else nullcontext(), said.open("w+") as log:
            environment = os.environ | self.environment | (further or {})
            code = subprocess.run(command, env=environment, stdout=log, stderr=log, timeout=600).returncode
            log.seek(0)
            assert code == 0, log.read()

    def stop(self) -> None:
        """By SIGTERM, and wait."""
        stop(self.process)

    def kill(self) -> None:
        """By SIGKILL, and wait until it is gone."""
        process = self.process
        process.send_signal(signal.SIGKILL)
        process.wait(30)


@contextmanager
def own_elasticsearch(password: str | None = None, *, on_disk: bool = False) -> Iterator[JvmServer]:
    """An Elasticsearch for the block, with empty data, in memory where there is room, or `on_disk` as what is measured.

    A password is that of the user elastic, and turns security on.
    """
    http, transport = free_port(), free_port()
    folder = (_ELASTICSEARCH_LAB if on_disk or not _has_room_in_memory() else _IN_MEMORY) / f"node-{http}"
    folder.mkdir(parents=True, exist_ok=True)
    ports = {"ES_PORT": str(http), "ES_TRANSPORT_PORT": str(transport), "ES_DATA": str(folder)}
    secured = {"ES_PASSWORD": password} if password else {}
    try:
        with _running(JvmServer("elasticsearch.sh", ports | secured, f"127.0.0.1:{http}", folder)) as server:
            yield server
    finally:
        shutil.rmtree(folder)


def _has_room_in_memory() -> bool:
    shm = _IN_MEMORY.parent
    if not os.access(shm, os.W_OK) or shutil.disk_usage(shm).free < _ROOM_BYTES:
        return False
    return psutil.virtual_memory().available >= _ROOM_BYTES


@contextmanager
def own_kafka(folder: Path) -> Iterator[JvmServer]:
    """A Kafka for the block, with empty data in `folder`; 4 partitions for a topic that its first use creates."""
    folder.mkdir(parents=True, exist_ok=True)
    broker, controller = free_port(), free_port()
    ports = {"KAFKA_PORT": str(broker), "KAFKA_CONTROLLER_PORT": str(controller), "KAFKA_DATA": str(folder)}
    with _running(JvmServer("kafka.sh", ports, f"127.0.0.1:{broker}", folder)) as server:
        yield server


@contextmanager
def _running(server: JvmServer) -> Iterator[JvmServer]:
    server.start()
    try:
        yield server
    finally:
        process = psutil.Process(int((server.folder / "pid").read_text())) if _is_up(server) else None
        if process is not None:
            process.kill()
            process.wait(30)


@contextmanager
def _one_download() -> Iterator[None]:
    """Two scripts that install the same at once would overwrite each other: a word of theirs waits for another's end."""
    _ELASTICSEARCH_LAB.mkdir(parents=True, exist_ok=True)
    with (_ELASTICSEARCH_LAB / "scripts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_up(server: JvmServer) -> bool:
    try:
        return is_running(server.process)
    except (OSError, psutil.NoSuchProcess):
        return False
