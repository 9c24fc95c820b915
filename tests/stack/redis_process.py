"""A Redis of our own: on loopback, in memory, gone with its process."""

import shutil
import socket
from pathlib import Path

from tests.ports import free_port
from tests.stack.process import StackFailed, StackProcess


def redis_command() -> str | None:
    """Where redis-server is; None where it is not installed."""
    return shutil.which("redis-server")


class RedisProcess:
    """A running Redis on `port`, or a free one; `url` names its first database."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        command = redis_command()
        if command is None:
            raise StackFailed("redis-server is not installed; on Debian: apt install redis-server")
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(folder))
        folder.mkdir(parents=True, exist_ok=True)
        self.process = StackProcess("redis", (command, *options), folder)
        self.process.wait_until(self._answers, 10)

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
