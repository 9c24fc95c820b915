"""The OpenAPI document is true: whatever it allows is answered as it says, whatever it forbids is refused."""

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode

from tests.unit.serve.api import make_failed_api

EXAMPLES = 40  # an operation; a few seconds in all

app = make_failed_api().app
schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@schema.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_api_does_what_its_document_says(case: Case) -> None:
    """Status codes, content types, bodies, headers, refusals of what is not allowed: all of schemathesis' checks."""
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        case.query.pop("cursor", None)  # opaque: no made-up one is valid; tests/unit/serve follows real ones
    case.call_and_validate()
