"""Ports for servers that are told theirs before they start."""

import random
import socket
from typing import Final

OURS: Final = range(20_000, 32_768)
"""Below those that Linux gives to outgoing connections, and to servers that ask for any: until a server has bound the port that it
was told, nobody takes it by chance."""
_chance: Final = random.SystemRandom()  # tests seed the common one
_given: Final[set[int]] = set()


def free_port() -> int:
    """A port of loopback that nobody listens on now, and that this process has given to nobody."""
    while (port := _chance.choice(OURS)) in _given or not _is_free(port):
        continue
    _given.add(port)
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
