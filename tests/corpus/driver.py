"""Starts the executions of a plan on a running n8n, and does to them what their breakage asks for."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from tests.corpus.plan import BAD_TRACEPARENTS, Case
from tests.stack.n8n_api import N8nApi

AT_ONCE: Final = 6
"""Calls at a time: so many executions overlap that equal payloads can be mistaken for each other."""
CALL_S: Final = 60.0
RESULT_WITHIN_S: Final = 3.0
CANCEL_AFTER_S: Final = 5.0
TYPES: Final = ("template_render", "email_send", "validation")


async def drive(cases: Sequence[Case], n8n: N8nApi, *, at_once: int = AT_ONCE) -> list[str]:
    """Start all cases, in their order, `at_once` at a time; return when n8n has answered, and the cancelled are stopped.

    The execution ids are those that n8n answered with; one whose workflow answers last, and fails, is not among them.
    """
    free = asyncio.Semaphore(at_once)
    async with (
        httpx.AsyncClient(base_url=n8n.url, timeout=CALL_S, trust_env=False) as http,
        asyncio.TaskGroup() as tasks,
    ):
        started = []
        for case in cases:
            await free.acquire()
            task = tasks.create_task(_start(case, http, n8n))
            task.add_done_callback(lambda _: free.release())
            started.append(task)
    return [execution_id for task in started if (execution_id := task.result())]


async def _start(case: Case, http: httpx.AsyncClient, n8n: N8nApi) -> str:
    """The id of the execution; empty where n8n did not say it."""
    try:
        answer = await http.post(f"/webhook/{case.workflow}", json=_body(case, n8n.url), headers=_headers(case))
    except httpx.TransportError:
        return ""  # n8n was killed while it worked
    execution_id = str(answer.json().get("execution_id", ""))
    if case.breakage == "cancel":
        await asyncio.sleep(CANCEL_AFTER_S)
        await asyncio.to_thread(n8n.stop, execution_id)
    return execution_id


def _body(case: Case, n8n_url: str) -> dict[str, Any]:
    processing_type = TYPES[int(case.story[1:]) % len(TYPES)]
    body: dict[str, Any] = {
        "data": _data(case, processing_type),
        "processing_type": processing_type,
        "timeout": RESULT_WITHIN_S,
        "anonymous": case.is_anonymous,
    }
    return {**body, "callback_url": f"{n8n_url}/webhook/callback"} if case.mode == "callback" else body


def _data(case: Case, processing_type: str) -> dict[str, Any]:
    """What the worker needs for that type, made of the case's order alone."""
    order = case.order
    if processing_type == "template_render":
        return {"template": "Invoice $order for $customer: $total", "fields": order}
    if processing_type == "email_send":
        return {
            "to": f"billing@{order['customer']}.example",
            "subject": f"Order {order['order']}",
            "body": order["total"],
        }
    return {"record": {"order_id": str(order["order"]), "total": float(order["total"])}}


def _headers(case: Case) -> Mapping[str, str]:
    headers = {"x-demo-story": case.story, "x-demo-fault": case.fault_header}
    return {**headers, "traceparent": case.traceparent} if case.traceparent or _is_empty(case) else headers


def _is_empty(case: Case) -> bool:
    return case.breakage == "bad_traceparent" and case.traceparent in BAD_TRACEPARENTS
