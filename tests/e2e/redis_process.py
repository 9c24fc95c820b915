"""A real redis-server on a free port, for one test run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stack.redis_process import RedisProcess, redis_command


@contextmanager
def redis_process(folder: Path, port: int = 0) -> Iterator[str]:
    """URL of a redis-server on `port` (0: a free one) that keeps nothing on disk; skips where none is installed."""
    if redis_command() is None:
        pytest.skip("redis-server is not installed; on Debian: apt-get install redis-server")
    redis = RedisProcess(folder, port)
    try:
        yield redis.url
    finally:
        redis.process.stop()
