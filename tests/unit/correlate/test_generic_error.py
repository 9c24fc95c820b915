"""What names a reason, and what only says that something failed."""

import pytest

from correlator.correlate.generic_error import is_generic


@pytest.mark.parametrize(
    ("error_type", "message"),
    [
        ("", ""),
        ("", "job_failed"),
        ("Error", ""),
        ("500", ""),
        ("_OTHER", ""),
        ("NodeApiError", "The service was not able to process your request"),
        ("NodeApiError", "Bad gateway - the service failed to handle your request"),
        ("NodeApiError", "Service unavailable - try again later or consider setting this node to retry automatically"),
        ("NodeApiError", "Gateway timed out - perhaps try again later?"),
        ("WorkflowOperationError", "There was a problem executing the workflow"),
        ("AxiosError", "Request failed with status code 500"),
        ("HTTPError", "502 Server Error: Bad Gateway for url: http://bridge/jobs"),
        (
            "HTTPStatusError",
            "Server error '500 Internal Server Error' for url 'http://bridge/jobs'\nFor more information",
        ),
        ("", "Internal Server Error"),
        ("", "Internal Server Error: /jobs"),
        ("", "HTTP 503 Service Unavailable"),
        ("", "500"),
        ("", "unexpected status code: 502"),
        ("HTTPException", "HTTPException: Bad Gateway"),
        ("", "Exception in ASGI application"),
        ("", "Exception on /jobs [POST]"),
        ("", "Error handling request /jobs"),
        ("", "An unexpected error occurred."),
        ("", "Something went wrong!"),
        ("", "Job failed"),
        ("", "task 17 has failed"),
        ("", "Upstream service failed"),
        ("RuntimeError", "worker failed"),
    ],
)
def test_a_status_text_names_no_reason(error_type: str, message: str) -> None:
    """Whoever says it only repeats that somebody else failed."""
    assert is_generic(error_type, message)


@pytest.mark.parametrize(
    ("error_type", "message"),
    [
        ("KeyError", ""),
        ("", "disk_full"),
        ("TimeoutError", ""),
        ("ConnectionRefusedError", "[Errno 111] Connection refused"),
        ("NodeApiError", "The connection was aborted, perhaps the server is offline"),
        ("NodeApiError", "Authorization failed - please check your credentials"),
        ("AxiosError", "timeout of 1500ms exceeded"),
        ("AxiosError", "Request failed with status code 404"),
        ("Error", "lab: boom"),
        ("", "job 17 failed: customer has no address"),
        ("", "disk full"),
        ("HTTPException", "quota of tenant 17 exceeded"),
    ],
)
def test_anything_else_names_one(error_type: str, message: str) -> None:
    """A type that is specific does, also without a message."""
    assert not is_generic(error_type, message)


@pytest.mark.parametrize("hostile", ["a " * 50_000, "an " * 30_000, "error " * 20_000, "job " + "x" * 100_000])
def test_a_long_message_is_judged_in_no_time(hostile: str) -> None:
    """pytest's time limit is the judge."""
    assert not is_generic("", hostile)


@pytest.mark.parametrize("event", ["n8n.workflow.failed", "n8n.node.failed", "n8n.queue.job.failed"])
def test_an_events_dotted_name_names_no_reason(event: str) -> None:
    """n8n's event log says that, and no more."""
    assert is_generic("", event)
