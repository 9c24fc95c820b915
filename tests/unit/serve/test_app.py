"""The OpenAPI document is complete."""

from typing import Any

import pytest

from tests.unit.serve.api import make_api

DOCUMENT: dict[str, Any] = make_api().get("/openapi.json").json()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
TAKEN = "POST /api/v1/callbacks/{workflow_id}"
NOT_LOOKED_UP = {TAKEN, "GET /jaeger/api/services/{service}/operations"}  # a name that nobody knows is no failure there
ROUTES = {
    TAKEN,
    "GET /api/v1/status/{workflow_id}",
    "GET /api/v1/events",
    "GET /api/v1/stories",
    "GET /api/v1/propagation",
    "GET /api/v1/patterns",
    "GET /api/v1/incidents",
    "GET /api/v1/incidents/{key}",
    "GET /api/v1/incidents/{key}/root-cause",
    "GET /api/v1/incidents/{key}/alerts",
    "GET /api/v1/alerts",
    "POST /api/v1/alerts/alertmanager",
    "GET /api/v1/traces",
    "GET /api/v1/traces/{trace_id}",
    "GET /api/v1/traces/{trace_id}/root-cause",
    "GET /api/v1/services",
    "GET /api/v1/slos",
    "GET /api/v1/slos/report",
    "GET /api/v1/slos/{objective_id}/burn-rates",
    "GET /api/v1/slos/{objective_id}/budget",
    "GET /api/v1/slos/{objective_id}/report",
    "GET /api/v1/service-graph",
    "GET /api/v1/errors",
    "GET /jaeger/api/services",
    "GET /jaeger/api/services/{service}/operations",
    "GET /jaeger/api/operations",
    "GET /jaeger/api/traces",
    "GET /jaeger/api/traces/{trace_id}",
    "GET /jaeger/api/dependencies",
    "GET /metrics",
    "GET /healthz",
    "GET /readyz",
}


def test_every_promised_route_is_there() -> None:
    """And no other."""
    assert set(OPERATIONS) == ROUTES


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_field_says_what_it_is_and_shows_a_value(name: str) -> None:
    """Objects show their members' values."""
    schema = DOCUMENT["components"]["schemas"][name]
    assert schema["description"]
    for field, declared in schema["properties"].items():
        assert declared.get("description"), field
        assert "examples" in declared or "$ref" in str(declared), field


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_documents_itself_its_parameters_and_its_failures(name: str) -> None:
    """Failures are problem+json; 404 where something is looked up by name."""
    operation = OPERATIONS[name]
    assert operation["description"]
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert ("404" in operation["responses"]) == ("{" in name and name not in NOT_LOOKED_UP)
    assert "422" not in operation["responses"]
    for parameter in operation.get("parameters", ()):
        assert parameter["description"], parameter["name"]


def test_every_reference_leads_somewhere() -> None:
    """The problem's schema among them."""
    names = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) <= names
    assert "#/components/schemas/Problem" in set(references(DOCUMENT))


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for each in value for found in references(each)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [found for each in value.values() for found in references(each)]


def test_a_token_is_part_of_the_document_where_one_is_asked_for() -> None:
    """Health needs none."""
    document = make_api(bearer_token="s3cret").app.openapi()
    assert document["security"] == [{"bearer": []}]
    assert document["paths"]["/healthz"]["get"]["security"] == []
    assert "s3cret" not in str(document)
    assert "security" not in DOCUMENT
