"""GET services, service-graph, errors."""

from tests.unit.serve.api import NOW, TRACE_ID, Api, make_failed_api


def test_services_are_listed_with_their_calls_and_errors(failed_api: Api) -> None:
    """In a span of time that is asked for."""
    services = failed_api.get(f"/api/v1/services?from={NOW}&to={NOW + 1}").json()["services"]
    assert [(each["service_name"], each["calls"], each["errors"]) for each in services] == [
        ("invoice-worker", 1, 1),
        ("n8n", 1, 1),
    ]


def test_the_service_graph_says_who_calls_whom(failed_api: Api) -> None:
    """Durations come as percentiles."""
    graph = failed_api.get(f"/api/v1/service-graph?from={NOW}&to={NOW + 1}").json()
    (edge,) = graph["edges"]
    assert (edge["caller"], edge["callee"], edge["calls"], edge["errors"]) == ("n8n", "invoice-worker", 1, 1)
    assert edge["durations"]["p50_nano"] == 250_000_000
    assert len(graph["nodes"]) == 2


def test_the_last_hour_is_meant_unless_another_is_named() -> None:
    """Up to now, or up to `to`."""
    for now, found in ((NOW + 1, 2), (NOW + 3_600 * 10**9, 2), (NOW + 3_600 * 10**9 + 1, 0), (NOW, 0)):
        api = make_failed_api(clock_unix_nano=lambda now=now: now)
        assert len(api.get("/api/v1/services").json()["services"]) == found
    assert len(api.get(f"/api/v1/services?to={NOW + 1}").json()["services"]) == 2


def test_errors_are_listed_by_fingerprint(failed_api: Api) -> None:
    """With how often, and in which traces."""
    (group,) = failed_api.get("/api/v1/errors").json()["error_groups"]
    assert (group["service_name"], group["count"], group["trace_ids"]) == ("invoice-worker", 1, [TRACE_ID])
    assert group["template"] == "currency <*> is unknown"
