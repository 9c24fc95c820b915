"""Which errors only repeat another."""

from dataclasses import replace

import pytest

from correlator.correlate.echo import repeats
from correlator.correlate.generic_error import is_generic
from correlator.model.error_chain import ErrorEvent

INNER = ErrorEvent(
    "worker", "worker", "process", "1" * 16, 0, "exception", "OSError", "disk full on /data/17", "", "e1-0"
)


def _outer(error_type: str, message: str, stacktrace: str = "") -> ErrorEvent:
    told = replace(INNER, service_name="bridge", error_type=error_type, message=message, stacktrace=stacktrace)
    return replace(told, is_generic=is_generic(error_type, message))


@pytest.mark.parametrize(
    "outer",
    [
        _outer("NodeApiError", "The service was not able to process your request"),
        _outer("OSError", "disk full on /data/17"),
        _outer("OSError", "OSError: disk full on /data/18"),
        _outer("JobError", "job 3 failed: disk full on /data/17"),
        _outer("JobError", "job 3 was lost", "JobError: job 3 was lost\nCaused by: OSError: disk full on /data/17"),
    ],
)
def test_saying_the_same_or_nothing_or_quoting_is_an_echo(outer: ErrorEvent) -> None:
    """A generic text, the same message but for its ids, a wrapping message, a cause in the stack."""
    assert repeats(outer, INNER)


@pytest.mark.parametrize(
    "outer", [_outer("KeyError", "'customer'"), _outer("JobError", "job 3 took too long"), _outer("Timeout", "")]
)
def test_saying_something_of_its_own_is_none(outer: ErrorEvent) -> None:
    """Then it may be a cause in its own right."""
    assert not repeats(outer, INNER)


def test_a_short_message_found_again_is_no_quotation() -> None:
    """'no' is in every other sentence."""
    assert not repeats(_outer("JobError", "there is no such job"), replace(INNER, message="no"))
