"""What an error's source, status and words say of its sort."""

import pytest

from correlator import semconv
from correlator.correlate.error_events import error_events
from correlator.explain.cause_kind import blames_callee, blames_request, gave_up, kind_of, tells_of_call

STATUS = semconv.HTTP_RESPONSE_STATUS_CODE
GRPC = semconv.RPC_GRPC_STATUS_CODE


@pytest.fixture
def told(span, trace_of):
    """The best-told error of a client's span, and the span."""

    def tell(error=None, kind=semconv.KIND_CLIENT, **attributes):
        failing = span("a", "shop", "call", error=error, kind=kind, attributes=attributes.get("attributes"))
        return error_events(trace_of([failing]))[0], failing

    return tell


@pytest.mark.parametrize(
    ("error", "attributes", "kind"),
    [
        ("ValueError: bad total", {}, "exception"),
        ("ReadTimeout: no answer in 5 s", {}, "timeout"),
        ("JobError: job timed out", {}, "timeout"),
        (None, {STATUS: 503}, "http"),
        (None, {STATUS: 504}, "timeout"),
        (None, {GRPC: 14}, "grpc"),
        (None, {GRPC: 4}, "timeout"),
    ],
)
def test_kind(told, error, attributes, kind):
    """Time first, then the source."""
    assert kind_of(*told(error, attributes=attributes)) == kind


@pytest.mark.parametrize(
    "error",
    [
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "Error: connect ECONNREFUSED 10.0.0.5:5432",
        "Error: getaddrinfo ENOTFOUND bridge.internal",
        "Error: socket hang up",
        "gaierror: Temporary failure in name resolution",
        "NodeApiError: The service refused the connection - perhaps it is offline",
        "HTTPError: ",
    ],
)
def test_a_lost_connection_speaks_of_the_callee(told, error):
    """As do errors that give no reason."""
    assert blames_callee(*told(error))


def test_an_error_of_its_own_after_a_good_answer_does_not(told):
    """The callee answered 200; the caller could not read it."""
    assert not blames_callee(*told("JSONDecodeError: expecting value", attributes={STATUS: 200}))


@pytest.mark.parametrize(("status", "blames"), [(400, True), (404, True), (408, False), (429, False), (500, False)])
def test_4xx_blames_the_request(told, status, blames):
    """But not when the callee was too slow or too busy."""
    _, span = told(attributes={STATUS: status})
    assert blames_request(span) == blames


def test_an_abort_is_giving_up(told):
    """So n8n tells of its timeouts."""
    assert gave_up(*told("NodeApiError: The connection was aborted, perhaps the server is offline"))


def test_n8n_names_what_another_service_answered_by_type(told):
    """On whatever node it happens; a node's own code raises others."""
    assert tells_of_call(*told("NodeApiError: Bad request", kind=semconv.KIND_INTERNAL))
    assert not tells_of_call(*told("WrappedExecutionError: boom", kind=semconv.KIND_INTERNAL))
