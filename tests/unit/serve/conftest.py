"""Applications to ask."""

import pytest

from tests.unit.serve.api import N8N, Api, make_api, make_failed_api


@pytest.fixture
def api() -> Api:
    """Over an empty store."""
    return make_api()


@pytest.fixture
def failed_api() -> Api:
    """Over one failing trace of two services, its incident and its error group."""
    return make_failed_api()


@pytest.fixture
def n8n_api(api: Api) -> Api:
    """Over what a real n8n sent."""
    for file in sorted(N8N.glob("otlp_raw_*.pb")):
        api.add(file.read_bytes())
    return api
