"""Whether an error names no reason of its own, so that it can only repeat what another component failed of.

The table holds what frameworks, proxies and clients say when all that they know is that something failed.
"""

import re
from http import HTTPStatus
from typing import Final

from correlator.correlate.fingerprint import short_type

_GENERIC_TYPES: Final = frozenset(
    {
        "",
        "_OTHER",
        "Error",
        "Exception",
        "RuntimeException",
        "HTTPError",
        "HttpError",
        "HTTPException",
        "HTTPStatusError",
    }
    | {"AxiosError", "NodeApiError", "NodeOperationError", "WorkflowOperationError", "ServletException"}
)
_SERVER_PHRASES: Final = "|".join(re.escape(status.phrase) for status in HTTPStatus if status >= 500)
_WORK: Final = "request|job|task|call|operation|workflow|execution|step|node|command|process|worker|service|upstream"

_GENERIC_MESSAGES: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"(?:http )?(?:server )?(?:error:? )?(?:5\d\d)?[ :-]*(?:{_SERVER_PHRASES}|server error)?(?:: /\S*)?",  # RFC 9110; Django adds the path
        r"request failed with status code 5\d\d",  # axios
        r"5\d\d server error: .* for url: .*",  # requests
        r"server error '5\d\d .*' for url .*",  # httpx
        r"(?:unexpected |bad |invalid )?(?:http )?(?:response |status )?(?:code|status):? 5\d\d",  # hand-made clients
        r"the service was not able to process your request",  # n8n on 500
        r"bad gateway - the service failed to handle your request",  # n8n on 502
        r"service unavailable - try again later.*",  # n8n on 503
        r"gateway timed out - perhaps try again later\??",  # n8n on 504
        r"bad request - please check your parameters",  # n8n on 400: the reason is in the body, which its span lacks
        r"(?:the )?workflow (?:did not finish|execution failed|has issues).*|there was a problem executing the workflow",
        r"exception in asgi application",  # uvicorn
        r"error (?:handling|processing) request.*|exception on /\S* \[\w+\]",  # gunicorn and aiohttp; Flask
        r"(?:an? )?(?:unknown|unexpected|unhandled|uncaught|internal|generic)? ?(?:application |service )?(?:error|exception|failure)(?: (?:has )?occurred)?",
        r"something went wrong.*|fail(?:ed|ure)|unavailable|unknown|internal",
        rf"(?:the )?(?:[\w-]+ ){{0,2}}(?:{_WORK})(?: \S+)?(?: has)? (?:failed|errored)",
    )
)


def is_generic(error_type: str, message: str) -> bool:
    """Whether type and message name no reason: a status text, "job failed", or a bare type such as "Error"."""
    name = short_type(error_type)
    text = message.strip().removeprefix(f"{name}:").strip().rstrip(".!")
    if not text or text in {name, error_type}:
        return name in _GENERIC_TYPES or name.isdigit()
    words = text if " " in text else re.sub(r"[_.]", " ", text)  # an event's constant name: job_failed, n8n.node.failed
    return any(pattern.fullmatch(words) for pattern in _GENERIC_MESSAGES)
