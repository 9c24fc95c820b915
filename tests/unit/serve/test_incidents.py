"""GET incidents."""

import pytest

from tests.unit.serve.api import KEY, NOW, Api


def test_incidents_are_listed_with_their_times_in_both_spellings(failed_api: Api) -> None:
    """Unix nanoseconds for machines, RFC 3339 for people."""
    (incident,) = failed_api.get("/api/v1/incidents").json()["incidents"]
    assert (incident["key"], incident["state"], incident["failures"]) == (KEY, "open", 1)
    assert (incident["opened_at"], incident["opened_at_unix_nano"]) == ("2026-01-31T12:00:00Z", NOW)
    assert incident["resolved_at"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", 1),
        ("state=resolved", 0),
        (f"from={NOW}", 1),
        (f"to={NOW}", 0),
        ("from=2026-01-31T12:00:00Z&to=2026-01-31T12:00:01Z", 1),
        ("to=2026-01-31T13:00:00%2B01:00", 0),
        ("limit=1", 1),
    ],
)
def test_incidents_are_filtered(failed_api: Api, query: str, found: int) -> None:
    """By state and by [from, to) on when they opened."""
    answer = failed_api.get(f"/api/v1/incidents?{query}")
    assert answer.status_code == 200
    assert len(answer.json()["incidents"]) == found


def test_an_incident_is_found_by_key_with_its_root_cause(failed_api: Api) -> None:
    """The finding inside is the one that root-cause gives."""
    incident = failed_api.get(f"/api/v1/incidents/{KEY}").json()
    finding = failed_api.get(f"/api/v1/incidents/{KEY}/root-cause").json()
    assert incident["root_cause"] == finding
    assert finding["candidates"][0]["component"] == "invoice-worker"
    assert [step["role"] for step in finding["candidates"][0]["path"]] == ["victim", "cause"]


@pytest.mark.parametrize("path", ["/api/v1/incidents/none-1", "/api/v1/incidents/none-1/root-cause"])
def test_an_unknown_incident_is_a_404_problem(failed_api: Api, path: str) -> None:
    """Which says where they are listed."""
    answer = failed_api.get(path)
    assert answer.status_code == 404
    assert "/api/v1/incidents lists them" in answer.json()["detail"]
