"""Same error, same fingerprint; and the version that changes when that changes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.correlate.fingerprint import cause_fingerprint, error_fingerprint, normalised, short_type

PYTHON_STACK = """Traceback (most recent call last):
  File "/srv/app/bridge/jobs.py", line {line}, in run
    return render(job)
  File "/srv/app/bridge/render.py", line 12, in render
    raise ValueError(job)
ValueError: job {job} has no address
"""

# A change to any of these means that stored incidents are not found again: raise the version in fingerprint.py with it.
GOLDEN_ERRORS = {
    ("ValueError", "job 17 has no address", ""): "e1-edbe94693ce6a6e0",
    ("ValueError", "job 17 has no address", PYTHON_STACK.format(line=3, job=17)): "e1-ce62b42833d3a7b2",
    ("NodeApiError", "The service was not able to process your request", ""): "e1-3ac1e5ab71137d83",
    ("", "", ""): "e1-f638d19843e7c9f9",
}
GOLDEN_CAUSE = "c1-39441d8e0ae5eddf"


def test_fingerprints_are_those_of_their_version() -> None:
    """Golden values: stored incidents are found again by them."""
    assert {error: error_fingerprint(*error) for error in GOLDEN_ERRORS} == GOLDEN_ERRORS
    assert cause_fingerprint("worker", "worker", "process invoices", "e1-edbe94693ce6a6e0") == GOLDEN_CAUSE


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("job 17 of 20 took 1.5 s", "job <number> of <number> took <number> s"),
        ("no row 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "no row <id>"),
        ("commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "commit <hex>"),
        ("at 0x7f3a5c00 in pool", "at <hex> in pool"),
        ("unknown key 'customer' in \"order\"", "unknown key <text> in <text>"),
        ("can't open it, won't try", "can't open it, won't try"),
        ("GET https://api.example/v1/jobs/17?x=1 failed", "GET <url> failed"),
        ("no such file: /data/invoices/17.pdf", "no such file: /data/invoices/<number>.pdf"),
        ("cannot write /tmp/tmpabcdef/out", "cannot write <path>"),
        ("mail to jane.doe@example.com bounced", "mail to <email> bounced"),
        ("expired at 2026-11-21T13:22:01.123Z", "expired at <time>"),
        ("since 13:22:01", "since <time>"),
        ("connect to 10.0.0.7:5432 refused", "connect to <address> refused"),
        ("pod bridge-7d9f8b6c5d-x2x4z is gone", "pod bridge-<hex>-<id> is gone"),
        ("Request failed with status code 503", "Request failed with status code 503"),
        ("[Errno 111] Connection refused", "[Errno 111] Connection refused"),
        ("exit code: 137", "exit code: 137"),
        ("workflow uhby0Yol835mUx3O on worker12", "workflow <id> on worker<number>"),
        ("  two\n lines  ", "two lines"),
    ],
)
def test_what_varies_is_replaced_by_what_it_is(message: str, expected: str) -> None:
    """Ids, numbers, times, quotations and addresses go; numbers that name the kind of an error stay."""
    assert normalised(message) == expected


@given(st.integers(0, 10**9), st.integers(1, 10**5), st.uuids())
def test_ids_and_line_numbers_do_not_change_a_fingerprint(job: int, line: int, uuid: object) -> None:
    """The same failure of another job, after an unrelated edit of the file."""
    one = error_fingerprint("ValueError", f"job {job} of {uuid}", PYTHON_STACK.format(line=line, job=job))
    other = error_fingerprint(
        "app.errors.ValueError", "job 1 of 3f2504e0-4f89-11d3-9a0c-0305e82c3301", PYTHON_STACK.format(line=1, job=1)
    )
    assert one == other


@given(st.text(max_size=3_000), st.text(max_size=300), st.text(max_size=3_000))
def test_any_text_has_a_fingerprint(error_type: str, message: str, stacktrace: str) -> None:
    """Also surrogates, control characters and megabytes; always the version and 16 hex digits."""
    assert re.fullmatch(r"e1-[0-9a-f]{16}", error_fingerprint(error_type, message, stacktrace))


def test_type_message_and_frames_all_count() -> None:
    """Another type, another message or another function is another error."""
    stack = PYTHON_STACK.format(line=1, job=1)
    different = {
        error_fingerprint("ValueError", "no address", stack),
        error_fingerprint("KeyError", "no address", stack),
        error_fingerprint("ValueError", "no name", stack),
        error_fingerprint("ValueError", "no address", stack.replace("in render", "in send")),
    }
    assert len(different) == 4


def test_a_type_in_front_of_the_message_says_nothing_new() -> None:
    """A span's status message often has it, the exception event has not."""
    assert error_fingerprint("OSError", "OSError: disk full", "") == error_fingerprint(
        "builtins.OSError", "disk full", ""
    )
    assert short_type("java.net.ConnectException") == "ConnectException"


def test_a_cause_is_the_same_whatever_ids_its_operation_holds() -> None:
    """A server without routes names its spans by path; the service and the error count."""
    base = cause_fingerprint("bridge", "bridge", "GET /jobs/17", "e1-0")
    assert base == cause_fingerprint("bridge", "bridge", "GET /jobs/18", "e1-0")
    assert base != cause_fingerprint("bridge", "bridge-eu", "GET /jobs/17", "e1-0")
    assert base != cause_fingerprint("bridge", "bridge", "GET /jobs/17", "e1-1")


@pytest.mark.parametrize(
    "hostile", ["a" * 100_000, "1-" * 50_000, "'" * 100_000, "/" * 100_000, "a." * 50_000 + "@", "f0" * 50_000]
)
def test_a_hostile_message_costs_no_more_than_its_first_part(hostile: str) -> None:
    """Only the first characters are looked at; no pattern backtracks without bound."""
    assert len(normalised(hostile)) <= 10_000
