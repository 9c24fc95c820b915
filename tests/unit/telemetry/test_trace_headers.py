"""Which header names the trace, and which values are no trace at all."""

import pytest

from correlator.telemetry.trace_headers import format_traceparent, parse_traceparent, read_incoming_trace

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
OTHER = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"
ZEROS = "0" * 32


def test_the_precedence_is_traceparent_b3_single_b3_multi_then_trace_id() -> None:
    """Each form wins over all that follow it."""
    headers = {
        "traceparent": TRACEPARENT,
        "b3": f"{OTHER}-{SPAN}-1",
        "x-b3-traceid": OTHER,
        "x-b3-spanid": SPAN,
        "x-trace-id": OTHER,
        "x-request-id": OTHER,
    }
    sources = []
    for name in ("traceparent", "b3", "x-b3-traceid", "x-trace-id"):
        incoming = read_incoming_trace(headers)
        assert incoming is not None
        sources.append(incoming.source)
        del headers[name]
    assert sources == ["traceparent", "b3", "b3multi", "x-trace-id"]
    assert read_incoming_trace(headers) is None  # a request id is never promoted


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        f"00-{ZEROS}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
        f"{TRACEPARENT},{TRACEPARENT}",
        f"00-{chr(0x660) * 32}-{SPAN}-01",
    ],
)
def test_a_malformed_or_all_zero_traceparent_is_ignored(value: str) -> None:
    """The next form is tried instead."""
    incoming = read_incoming_trace({"traceparent": value, "x-trace-id": OTHER})
    assert incoming is not None
    assert (incoming.source, incoming.trace_id) == ("x-trace-id", int(OTHER, 16))


def test_a_later_version_of_traceparent_is_read_as_far_as_it_is_known() -> None:
    """W3C: parse the known fields of a higher version."""
    incoming = parse_traceparent(f"cc-{TRACE}-{SPAN}-00-what-the-future-holds")
    assert incoming is not None
    assert (incoming.trace_id, incoming.trace_flags) == (int(TRACE, 16), 0)


def test_a_64_bit_b3_trace_id_is_padded_on_the_left() -> None:
    """B3 ids of 16 digits are the low half."""
    incoming = read_incoming_trace({"b3": f"{SPAN}-{SPAN}"})
    assert incoming is not None
    assert f"{incoming.trace_id:032x}" == "0" * 16 + SPAN


@pytest.mark.parametrize(("sampled", "flags"), [("0", 0), ("false", 0), ("1", 1), ("true", 1), ("d", 1), ("", 1)])
def test_b3_sampling_becomes_the_trace_flags(sampled: str, flags: int) -> None:
    """An absent decision keeps the span."""
    incoming = read_incoming_trace({"x-b3-traceid": TRACE.upper(), "x-b3-spanid": SPAN, "x-b3-sampled": sampled})
    assert incoming is not None
    assert incoming.trace_flags == flags


@pytest.mark.parametrize(
    "value", ["0", "1", f"{ZEROS}-{SPAN}-1", f"{TRACE}-{'0' * 16}-1", f"{TRACE}x-{SPAN}", "a-b-c-d-e"]
)
def test_b3_without_two_valid_ids_is_ignored(value: str) -> None:
    """A lone sampling wish names no trace."""
    assert read_incoming_trace({"b3": value}) is None


@pytest.mark.parametrize("value", [TRACE, TRACE.upper(), "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"])
def test_a_trace_id_may_be_hex_or_a_uuid(value: str) -> None:
    """Both are 128 bits; there is no parent span."""
    incoming = read_incoming_trace({"x-trace-id": value})
    assert incoming is not None
    assert (incoming.trace_id, incoming.span_id) == (int(TRACE, 16), 0)


@pytest.mark.parametrize("value", [ZEROS, "00000000-0000-0000-0000-000000000000", "abc", TRACE + "0", f"{{{TRACE}}}"])
def test_a_bad_trace_id_is_ignored(value: str) -> None:
    """Neither zeros nor other lengths name a trace."""
    assert read_incoming_trace({"x-trace-id": value}) is None


def test_tracestate_counts_only_with_a_valid_traceparent() -> None:
    """It belongs to that header and goes with it."""
    kept = read_incoming_trace({"traceparent": TRACEPARENT, "tracestate": "vendor=1,other=2"})
    alone = read_incoming_trace({"tracestate": "vendor=1", "b3": f"{TRACE}-{SPAN}-1"})
    assert kept is not None and alone is not None
    assert kept.span_context().trace_state.to_header() == "vendor=1,other=2"
    assert not alone.span_context().trace_state


def test_a_written_traceparent_reads_back() -> None:
    """format and parse are inverse."""
    incoming = parse_traceparent(TRACEPARENT)
    assert incoming is not None
    assert format_traceparent(incoming.span_context()) == TRACEPARENT
