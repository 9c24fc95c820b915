"""The workflows that n8n runs: one for each way in which a story breaks, all of them calling the bridge."""

import itertools
import uuid
from typing import Any, Final

from tests.stack.n8n_api import N8nApi

SLEEP_MS: Final = 8_000
WAIT_S: Final = 66
"""n8n keeps waits of up to 65 s in memory, with one span; only longer ones are broken in two."""
CALL_TIMEOUT_MS: Final = 6_000

Node = dict[str, Any]


def all_workflows(bridge: str, callbacks: str) -> dict[str, tuple[Node, ...]]:
    """Name to nodes. `bridge` and `callbacks` are base URLs: of the bridge, and of the engine's callbacks."""
    return {
        "on-error": (node("Error Trigger", "errorTrigger", 1, {}), _notify(callbacks)),
        "plain": (webhook("plain"), call(bridge), respond()),
        "retry": (webhook("retry"), call(bridge, retryOnFail=True, maxTries=3, waitBetweenTries=300), respond()),
        "ignore": (webhook("ignore"), call(bridge, onError="continueRegularOutput"), respond()),
        "wait": (webhook("wait", "onReceived"), _wait(), call(bridge)),
        "sleep": (webhook("sleep"), respond(passes=True), call(bridge, onError="continueRegularOutput"), _sleep()),
        "child": (node("When Called", "executeWorkflowTrigger", 1.1, {"inputSource": "passthrough"}), call(bridge)),
        "callback": (webhook("callback", "onReceived"), node("Received", "noOp", 1, {})),
    }


def parent(child_id: str) -> tuple[Node, ...]:
    """A workflow that runs the one called `child`."""
    source = {"source": "database", "workflowId": {"__rl": True, "mode": "id", "value": child_id}, "options": {}}
    return webhook("parent"), node("Run Child", "executeWorkflow", 1.2, source), respond()


def document(name: str, nodes: tuple[Node, ...], error_workflow: str | None) -> dict[str, Any]:
    """What n8n's API takes: the nodes in a row, each linked to the next."""
    names = [each["name"] for each in nodes]
    links = {a: {"main": [[{"node": b, "type": "main", "index": 0}]]} for a, b in itertools.pairwise(names)}
    placed = [{**each, "position": [220 * column, 0]} for column, each in enumerate(nodes)]
    settings: dict[str, Any] = {
        "executionOrder": "v1",
        "saveDataErrorExecution": "all",
        "saveDataSuccessExecution": "all",
    }
    if error_workflow is not None:
        settings["errorWorkflow"] = error_workflow
    return {"name": name, "nodes": placed, "connections": links, "settings": settings}


def node(name: str, kind: str, version: float, parameters: Node, **more: Any) -> Node:
    made = {"id": str(uuid.uuid4()), "name": name, "type": f"n8n-nodes-base.{kind}", "typeVersion": version}
    return {**made, "parameters": parameters, **more}


def webhook(path: str, mode: str = "responseNode") -> Node:
    options = {"httpMethod": "POST", "path": path, "responseMode": mode, "options": {}}
    return node("Webhook", "webhook", 2.1, options, webhookId=str(uuid.uuid4()))


def call(bridge: str, **more: Any) -> Node:
    """The HTTP Request node: the ids of its execution in headers and body, unless the caller asks for an anonymous one.

    `x-demo-story` carries the truth of who belongs together past everything that is observed.
    """
    body = (
        "={{ JSON.stringify({...($json.body.anonymous ? {} : {workflow_id: $workflow.id, execution_id: $execution.id}),"
        " data: $json.body.data, processing_type: $json.body.processing_type, timeout: $json.body.timeout,"
        " ...($json.body.callback_url ? {callback_url: $json.body.callback_url} : {})}) }}"
    )
    headers = {
        "x-n8n-execution-id": "={{ $execution.id }}",
        "x-n8n-workflow-id": "={{ $workflow.id }}",
        "x-demo-fault": '={{ $json.headers["x-demo-fault"] || "" }}',
        "x-demo-story": '={{ $json.headers["x-demo-story"] || "" }}',
    }
    parameters = {
        "method": "POST",
        "url": f"{bridge}/api/v1/hybrid-processing",
        "sendBody": True,
        "specifyBody": "json",
        "jsonBody": body,
        "sendHeaders": True,
        "headerParameters": {"parameters": [{"name": name, "value": value} for name, value in headers.items()]},
        "options": {"timeout": CALL_TIMEOUT_MS},
    }
    return node("Call Bridge", "httpRequest", 4.2, parameters, **more)


def respond(*, passes: bool = False) -> Node:
    """Answers the webhook with the execution's id; what comes in goes on to the next node."""
    body = "={{ JSON.stringify({execution_id: $execution.id}) }}"
    return node(
        "Accept" if passes else "Respond",
        "respondToWebhook",
        1.4,
        {"respondWith": "json", "responseBody": body, "options": {}},
    )


def _notify(callbacks: str) -> Node:
    post = {
        "method": "POST",
        "url": "=" + callbacks + "/{{ $json.workflow.id }}",
        "sendBody": True,
        "specifyBody": "json",
        "jsonBody": "={{ JSON.stringify($json) }}",
        "options": {},
    }
    return node("Notify", "httpRequest", 4.2, post)


def _wait() -> Node:
    return node("Wait", "wait", 1.1, {"resume": "timeInterval", "amount": WAIT_S, "unit": "seconds"})


def _sleep() -> Node:
    source = f"await new Promise(done => setTimeout(done, {SLEEP_MS})); return $input.all();"
    return node("Sleep", "code", 2, {"jsCode": source})


def provision(api: N8nApi, bridge: str, callbacks: str) -> dict[str, str]:
    """Make all workflows on an n8n that knows none of them; name to id."""
    documents = all_workflows(bridge, callbacks)
    on_error = api.create(document("on-error", documents.pop("on-error"), None))
    made = {"on-error": on_error}
    for name, nodes in documents.items():
        made[name] = api.create(document(name, nodes, on_error))
    made["parent"] = api.create(document("parent", parent(made["child"]), on_error))
    return made
