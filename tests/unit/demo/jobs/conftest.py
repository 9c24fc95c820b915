"""A queue on each backend: SQLite always, Redis where redis-server is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.redis_process import redis_process


@pytest.fixture(params=["sqlite", "redis"])
def queue_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'jobs.db'}"
    else:
        with redis_process(tmp_path) as url:
            yield url
