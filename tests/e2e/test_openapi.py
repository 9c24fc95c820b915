"""The OpenAPI document is true: whatever it allows is answered as it says, whatever it forbids is refused."""

from urllib.parse import unquote

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode

from tests.unit.serve.api import make_failed_api

EXAMPLES = 40  # an operation; a few seconds in all

app = make_failed_api().app
ENDLESS = "/api/v1/events"  # a stream ends when its reader does: tests/e2e/test_events.py reads it
schema = schemathesis.openapi.from_asgi("/openapi.json", app).exclude(path=ENDLESS)


@schema.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_api_does_what_its_document_says(case: Case) -> None:
    """Status codes, content types, bodies, headers, refusals of what is not allowed: all of schemathesis' checks."""
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        case.query.pop("cursor", None)  # opaque: no made-up one is valid; tests/unit/serve follows real ones
        _agree(case)
    case.call_and_validate()


def _agree(case: Case) -> None:
    """What no schema can say: a callback's timestamp is near the engine's clock, and its workflow that of the path."""
    if not isinstance(case.body, dict):
        return
    case.body.pop("timestamp", None)
    case.body.pop("workflow_id", None)
    if isinstance(case.body.get("workflow"), dict) and "id" in case.body["workflow"]:
        case.body["workflow"]["id"] = unquote(case.path_parameters["workflow_id"])
