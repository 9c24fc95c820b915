"""Which answers of 4xx are failures, and which errors only retell one."""

from http import HTTPStatus

import pytest

from correlator import semconv
from correlator.correlate.assemble import assemble
from correlator.correlate.causality import causality_of
from correlator.correlate.error_events import errors_by_span
from correlator.correlate.refused_calls import refused_calls, relays_refusal
from correlator.model.error_chain import ErrorEvent
from correlator.model.span import LogRecord, Span
from tests.unit.correlate.story import TRACE_ID, log, node, span, span_id, workflow

ROUTED = {semconv.HTTP_ROUTE: "/jobs"}
WARNED = (log("not like this", "bridge", on="b", severity=semconv.SEVERITY_WARN, attributes={"reason": "no consent"}),)


def answer(status: int, method: str = "POST", says: int = semconv.STATUS_UNSET) -> Span:
    """The bridge's answer to the node; `says` is its span's own status."""
    attributes = {semconv.HTTP_RESPONSE_STATUS_CODE: status, semconv.HTTP_REQUEST_METHOD: method, **ROUTED}
    return span("b", "bridge", parent="n", kind=semconv.KIND_SERVER, status=says, attributes=attributes)


def refusals(caller: Span, *spans: Span, logs: tuple[LogRecord, ...] = ()) -> dict[str, str]:
    """Span id to the error of each refusal."""
    trace = assemble(TRACE_ID, [workflow("w"), caller, *spans], logs)
    found = refused_calls(trace, causality_of(trace), errors_by_span(trace))
    return {of: f"{error.error_type}: {error.message}" for of, (error,) in found.items()}


def failing(message: str) -> Span:
    return node("n", parent="w", fails=True, raised=("NodeApiError", message))


WELL = node("n", parent="w")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "Authorization failed - please check your credentials"),
        (409, "Your request is invalid or could not be processed by the service"),
        (418, "Request failed with status code 418"),
        (404, "404 Client Error: Not Found for url: http://bridge/jobs"),
    ],
)
def test_an_answer_that_failed_its_caller_is_a_failure(status: int, message: str) -> None:
    """Whichever 4xx it is: the caller says in its client's words that it was this answer."""
    assert list(refusals(failing(message), answer(status))) == [span_id("b")]


def test_a_caller_that_failed_of_something_else_was_not_failed_by_the_answer() -> None:
    """The bridge said 409, and the node failed later, of its own."""
    assert refusals(failing("total is not a number"), answer(409), logs=WARNED) == {}


def test_the_callees_own_words_are_the_reason() -> None:
    """An attribute that says why tells more than a body that names the event; without a log, the status does."""
    assert refusals(WELL, answer(422), logs=WARNED) == {span_id("b"): "HTTP 422: no consent"}
    assert refusals(failing("422"), answer(422)) == {span_id("b"): f"HTTP 422: {HTTPStatus(422).phrase}"}


@pytest.mark.parametrize(
    "harmless",
    [
        {"status": 404},
        {"status": 409},
        {"status": 429},
        {"status": 422, "method": "GET"},
        {"status": 400, "method": "OPTIONS"},
        {"status": 400, "says": semconv.STATUS_OK},
    ],
)
def test_an_answer_that_nobody_missed_is_no_failure(harmless: dict[str, object]) -> None:
    """A question about what is there, one that changes nothing, and what the callee itself calls well; though it warned."""
    assert refusals(WELL, answer(**harmless), logs=WARNED) == {}  # type: ignore[arg-type]


def test_without_a_warning_a_caller_that_goes_on_has_handled_it() -> None:
    assert refusals(WELL, answer(422)) == {}


def test_an_answer_to_a_caller_that_is_not_seen_is_no_failure() -> None:
    """Whether it could do without, only the caller knows."""
    trace = assemble(TRACE_ID, [answer(422)], WARNED)
    assert refused_calls(trace, causality_of(trace), errors_by_span(trace)) == {}


def event(error_type: str, message: str, source: str = "exception") -> ErrorEvent:
    return ErrorEvent("s", "other", "op", None, 0, source, error_type, message, "", "f")


@pytest.mark.parametrize("number", ["HTTP 499", "HTTP 4", "HTTP 500"])
def test_a_status_without_a_name_is_retold_only_by_its_number(number: str) -> None:
    """499 is nginx's own; what is no 4xx is no refusal."""
    assert not relays_refusal(event("Error", "something else"), event(number, "", "http"))
