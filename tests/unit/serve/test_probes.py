"""GET /metrics, /healthz, /readyz, and the metrics of the API itself."""

import pytest

from correlator.serve import State
from tests.unit.serve.api import TRACE_ID, Api, make_api

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def test_health_is_answered_while_the_process_lives(api: Api) -> None:
    """Whatever its dependencies do."""
    api.states["store"] = State(False, "full")
    assert (api.get("/healthz").status_code, api.get("/healthz").json()) == (200, {"status": "ok"})


def test_readiness_names_each_dependency(api: Api) -> None:
    """200 while all work."""
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["dependencies"]["doors"] == {"ok": True, "detail": "listening"}
    assert set(answer.json()["dependencies"]) == {"store", "doors", "watch"}


@pytest.mark.parametrize("down", ["store", "doors", "watch"])
def test_readiness_is_503_when_one_is_down(api: Api, down: str) -> None:
    """And says which."""
    api.states[down] = State(False, "gone")
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["dependencies"][down] == {"ok": False, "detail": "gone"}


def test_requests_are_counted_by_route_template_and_status(api: Api) -> None:
    """Never by path: that would have no bound."""
    api.get(f"/api/v1/traces/{TRACE_ID}")
    api.get("/some/path")
    api.ask("PROPFIND", "/healthz")
    exposed = api.get("/metrics").text
    assert 'api_requests_total{method="GET",route="/api/v1/traces/{trace_id}",status="404"} 1.0' in exposed
    assert 'api_requests_total{method="GET",route="unmatched",status="404"} 1.0' in exposed
    assert 'method="other"' in exposed
    assert "/some/path" not in exposed
    assert TRACE_ID not in exposed


def test_a_callers_trace_is_an_exemplar_in_openmetrics(api: Api) -> None:
    """So that a slow request leads to its trace."""
    api.get("/healthz", traceparent=f"00-{TRACE_ID}-00f067aa0ba902b7-01")
    answer = api.get("/metrics", accept=OPENMETRICS)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert f'# {{trace_id="{TRACE_ID}"}}' in answer.text


@pytest.mark.parametrize(
    "traceparent", ["", "nonsense", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"ff-{TRACE_ID}-00f067aa0ba902b7-01"]
)
def test_a_wrong_traceparent_is_no_exemplar(api: Api, traceparent: str) -> None:
    """And harms nothing."""
    assert api.get("/healthz", traceparent=traceparent).status_code == 200
    assert "trace_id=" not in api.get("/metrics", accept=OPENMETRICS).text


def test_with_a_token_everything_but_health_asks_for_it() -> None:
    """Unknown paths too: nobody learns what there is."""
    api = make_api(bearer_token="s3cret-token")
    for path in ("/api/v1/traces", "/metrics", "/readyz", "/openapi.json", "/nothing"):
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic s3cret-token"}):
            refused = api.get(path, **headers)
            assert refused.status_code == 401
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert "s3cret" not in refused.text
    assert api.get("/healthz").status_code == 200
    assert api.get("/api/v1/traces", authorization="Bearer s3cret-token").status_code == 200
    assert 'status="401"' in api.get("/metrics", authorization="bearer s3cret-token").text
