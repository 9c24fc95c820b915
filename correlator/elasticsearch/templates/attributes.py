"""Attributes that have a field from the start, so that queries for them work on empty data, and no flood of other names takes their place."""

from typing import Any, Final

from correlator import semconv
from correlator.elasticsearch.templates.template import KEYWORD, LONG, NAME

_KEYWORDS: Final = (
    semconv.ERROR_TYPE,
    semconv.HTTP_REQUEST_METHOD,
    semconv.HTTP_ROUTE,
    semconv.URL_PATH,
    semconv.URL_FULL,
    semconv.SERVER_ADDRESS,
    semconv.PEER_SERVICE,
    semconv.RPC_SERVICE,
    semconv.MESSAGING_SYSTEM,
    semconv.MESSAGING_DESTINATION_NAME,
    semconv.MESSAGING_MESSAGE_ID,
    semconv.DB_SYSTEM_NAME,
    semconv.COMPONENT,
    semconv.ACTION,
    semconv.JOB_ID,
    semconv.CORRELATION_ID,
    semconv.REQUEST_ID,
    semconv.N8N_WORKFLOW_ID,
    semconv.N8N_WORKFLOW_NAME,
    semconv.N8N_EXECUTION_ID,
    semconv.N8N_EXECUTION_MODE,
    semconv.N8N_EXECUTION_STATUS,
    semconv.N8N_EXECUTION_ERROR_TYPE,
    semconv.N8N_NODE_ID,
    semconv.N8N_NODE_NAME,
    semconv.N8N_NODE_TYPE,
    "event.name",
)
_NUMBERS: Final = (
    semconv.HTTP_RESPONSE_STATUS_CODE,
    semconv.HTTP_STATUS_CODE_OLD,
    semconv.SERVER_PORT,
    semconv.JOB_ATTEMPT,
)
RECORD_ATTRIBUTES: Final[dict[str, Any]] = {
    **dict.fromkeys(_KEYWORDS, KEYWORD),
    **dict.fromkeys(_NUMBERS, LONG),
    semconv.EXCEPTION_TYPE: KEYWORD,
    semconv.EXCEPTION_MESSAGE: KEYWORD,
    semconv.EXCEPTION_STACKTRACE: {"type": "match_only_text"},
}
RESOURCE_ATTRIBUTES: Final[dict[str, Any]] = {
    semconv.SERVICE_NAME: NAME,
    semconv.SERVICE_VERSION: KEYWORD,
    semconv.N8N_INSTANCE_ID: KEYWORD,
    semconv.SYSTEM: KEYWORD,
    "service.instance.id": KEYWORD,
    "service.namespace": KEYWORD,
    "deployment.environment.name": KEYWORD,
    "host.name": KEYWORD,
    "k8s.pod.name": KEYWORD,
    "k8s.namespace.name": KEYWORD,
}
