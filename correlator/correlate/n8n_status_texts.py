"""What n8n's nodes say of the HTTP status that a service answered with, in place of the answer itself.

Source: n8n-workflow 2.41, errors/node-api.error.ts, STATUS_CODE_MESSAGES. What the service said follows as a description.
"""

from typing import Final

_BY_STATUS: Final = {
    400: "bad request - please check your parameters",
    401: "authorization failed - please check your credentials",
    402: "payment required - perhaps check your payment details",
    403: "forbidden - perhaps check your credentials",
    404: "the resource you are requesting could not be found",
    405: "method not allowed - please check you are using the right http method",
    429: "the service is receiving too many requests from you",
    500: "the service was not able to process your request",
    502: "bad gateway - the service failed to handle your request",
    503: "service unavailable - try again later",
    504: "gateway timed out - perhaps try again later",
}
_OTHER_4XX: Final = "your request is invalid or could not be processed by the service"
_OTHER_5XX: Final = "the service failed to process your request"
_OF_5XX: Final = (*(text for status, text in _BY_STATUS.items() if status >= 500), _OTHER_5XX)


def tells_of_status(message: str, status: int) -> bool:
    """Whether the message is n8n's for that status (400 and over), with or without the service's own words after it."""
    text = _BY_STATUS.get(status, _OTHER_4XX if status < 500 else _OTHER_5XX)
    return message.strip().lower().startswith(text)


def tells_of_server_failure(message: str) -> bool:
    """Whether the message is n8n's for a status of 500 and over."""
    return message.strip().lower().startswith(_OF_5XX)
