"""An execution of n8n whose context did not reach the bridge: two traces, one story."""

import json
from typing import Any

from correlator import semconv
from tests.unit.pipeline.watch.watched import MISSING_FIELD, NO_REASON, attributes, span, trace_id, unix_nano
from tests.unit.serve.api import Api, make_api

EXECUTION, JOB = "17", "job-17"
N8N_TRACE, BRIDGE_TRACE = trace_id(0xB), trace_id(0xA)
FROM, TO = unix_nano(-60), unix_nano(60)


def make_broken_api(**options: Any) -> Api:
    """An application over that story."""
    api = make_api(**options)
    add_broken_story(api)
    return api


def add_broken_story(api: Api, number: int = 0, workflow: str = "orders", at_s: float = 0.0) -> None:
    """n8n calls the bridge without traceparent; the bridge's worker raises. `number` counts ids on."""
    n8n, bridge = 0xB + 16 * number, 0xA + 16 * number
    ids = {semconv.N8N_EXECUTION_ID: EXECUTION, semconv.N8N_WORKFLOW_ID: workflow}
    node = {semconv.N8N_NODE_TYPE: "n8n-nodes-base.httpRequest", semconv.N8N_NODE_NAME: "Call Bridge"}
    job = {semconv.JOB_ID: JOB}
    _add(
        api,
        "n8n",
        span(n8n, n8n * 16, None, semconv.N8N_WORKFLOW_SPAN, at_s, NO_REASON, **ids),
        span(n8n, n8n * 16 + 1, n8n * 16, semconv.N8N_NODE_SPAN, at_s - 0.1, NO_REASON, **node),
    )
    failed = {semconv.HTTP_RESPONSE_STATUS_CODE: 500}
    _add(
        api,
        "bridge",
        span(bridge, bridge * 16 + 4, None, "POST", at_s - 0.2, None, semconv.KIND_SERVER, **ids, **failed),
        span(bridge, bridge * 16 + 5, bridge * 16 + 4, "send", at_s - 0.4, None, semconv.KIND_PRODUCER, **job),
    )
    consumer = span(bridge, bridge * 16 + 6, bridge * 16 + 5, "render", at_s - 0.3, MISSING_FIELD, 5, **job)
    _add(api, "worker", consumer)


def _add(api: Api, service: str, *spans: dict[str, Any]) -> None:
    resource = {"attributes": attributes(**{semconv.SERVICE_NAME: service})}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}
    api.add(json.dumps(body).encode(), encoding="json")
