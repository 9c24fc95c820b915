"""GET traces."""

import pytest

from tests.unit.serve.api import NOW, TRACE_ID, Api


def test_a_trace_shows_spans_edges_and_what_joins_them(failed_api: Api) -> None:
    """Ids in hex, attributes as JSON values, events with their attributes."""
    trace = failed_api.get(f"/api/v1/traces/{TRACE_ID}").json()
    root, child = trace["spans"]
    assert trace["trace_id"] == TRACE_ID
    assert (root["span_id"], root["parent_span_id"], root["system"]) == ("00f067aa0ba902b7", None, "n8n")
    assert (child["parent_span_id"], child["service_name"]) == (root["span_id"], "invoice-worker")
    assert (child["start_time_unix_nano"], child["duration_nano"]) == (NOW, 250_000_000)
    assert child["events"][0]["attributes"]["exception.type"] == "ValueError"
    assert child["resource_attributes"] == {"service.name": "invoice-worker"}
    assert (trace["roots"], trace["orphans"], trace["missing_parents"]) == ([root["span_id"]], [], [])
    assert trace["children"] == {root["span_id"]: [child["span_id"]]}
    assert [(edge["from_span_id"], edge["to_span_id"]) for edge in trace["edges"]] == [
        (root["span_id"], child["span_id"])
    ]


def test_every_trace_of_a_real_n8n_can_be_listed_read_and_explained(n8n_api: Api) -> None:
    """An abstention is a normal answer where nothing failed."""
    listed = n8n_api.get("/api/v1/traces?limit=1000").json()["traces"]
    assert len(listed) > 1
    for summary in listed:
        trace = n8n_api.get(f"/api/v1/traces/{summary['trace_id']}").json()
        finding = n8n_api.get(f"/api/v1/traces/{summary['trace_id']}/root-cause")
        assert len(trace["spans"]) == summary["spans"]
        assert finding.status_code == 200
        assert finding.json()["abstained"] is not bool(finding.json()["candidates"])


def test_pages_reach_every_trace_once(n8n_api: Api) -> None:
    """By following next_cursor until it is null."""
    everything = [each["trace_id"] for each in n8n_api.get("/api/v1/traces?limit=1000").json()["traces"]]
    paged, cursor = [], ""
    while cursor is not None:
        page = n8n_api.get(f"/api/v1/traces?limit=1{cursor and '&cursor=' + cursor}").json()
        paged += [each["trace_id"] for each in page["traces"]]
        cursor = page["next_cursor"]
    assert paged == everything


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("service=n8n", 1),
        ("service=bridge", 0),
        ("system=n8n", 1),
        ("error=true", 1),
        ("error=false", 0),
        (f"from={NOW}&to={NOW + 1}", 1),
        (f"to={NOW}", 0),
    ],
)
def test_traces_are_filtered(failed_api: Api, query: str, found: int) -> None:
    """By one span that satisfies all of it."""
    assert len(failed_api.get(f"/api/v1/traces?{query}").json()["traces"]) == found


def test_a_trace_id_in_upper_case_is_the_same_trace(failed_api: Api) -> None:
    """Some senders print them so."""
    assert failed_api.get(f"/api/v1/traces/{TRACE_ID.upper()}").json()["trace_id"] == TRACE_ID


@pytest.mark.parametrize("path", ["", "/root-cause"])
def test_an_unknown_trace_is_a_404_problem(failed_api: Api, path: str) -> None:
    """Which names it."""
    answer = failed_api.get(f"/api/v1/traces/{'1' * 32}{path}")
    assert answer.status_code == 404
    assert "1" * 32 in answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/root-cause"])
def test_a_wrong_trace_id_is_a_400_that_says_what_is_expected(failed_api: Api, path: str) -> None:
    """Instead of a 404 that leaves one searching."""
    for wrong in ("4bf9", "0" * 32):
        answer = failed_api.get(f"/api/v1/traces/{wrong}{path}")
        assert answer.status_code == 400
        assert "trace id" in answer.json()["detail"]
