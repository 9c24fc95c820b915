"""The OpenAPI document is true: whatever it allows is answered as it says, whatever it forbids is refused."""

from urllib.parse import unquote

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from starlette.types import Receive, Scope, Send

from tests.unit.pipeline.slo.counted import BRIDGE, an_outage, reader_of
from tests.unit.serve.api import make_failed_api

EXAMPLES = 40  # an operation; a few seconds in all

store, end = an_outage(days=1)
served = make_failed_api(slos=reader_of(store, BRIDGE, now=end)).app
ENDLESS = "/api/v1/events"  # a stream ends when its reader does: tests/e2e/test_events.py reads it


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The application, asked for by a name of this machine: without a token it answers no other."""
    others = [header for header in scope.get("headers", ()) if header[0] != b"host"]
    await served({**scope, "headers": [(b"host", b"localhost"), *others]}, receive, send)


schema = schemathesis.openapi.from_asgi("/openapi.json", app).exclude(path=ENDLESS)


@schema.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_api_does_what_its_document_says(case: Case) -> None:
    """Status codes, content types, bodies, headers, refusals of what is not allowed: all of schemathesis' checks."""
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        for name in ("cursor", "tags", "minDuration"):  # no schema tells a valid one: tests/unit/serve gives real ones
            case.query.pop(name, None)
        _agree(case)
    case.call_and_validate()


def _agree(case: Case) -> None:
    """What no schema can say: a search of Jaeger's needs a service or ids, one of stories an execution or a job; an
    objective is one of those that there are, a report's time a day of the calendar; a callback's timestamp is near the
    engine's clock, and its workflow that of the path.
    """
    if case.path == "/api/v1/stories" and not case.query.get("job_id"):
        case.query["execution_id"] = case.query.get("execution_id") or "17"
    if case.path.startswith("/api/v1/slos/"):
        case.path_parameters["objective_id"] = BRIDGE.id
    if case.path.endswith("/report"):
        for name in ("of", "from", "to"):
            case.query.pop(name, None)
    if case.path == "/jaeger/api/traces":
        case.query["service"] = case.query.get("service") or "n8n"
    if not isinstance(case.body, dict):
        return
    case.body.pop("timestamp", None)
    case.body.pop("workflow_id", None)
    if isinstance(case.body.get("workflow"), dict) and "id" in case.body["workflow"]:
        case.body["workflow"]["id"] = unquote(case.path_parameters["workflow_id"])
