"""OTLP over HTTP and gRPC: what goes out, and what the answers mean."""

import json
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from correlator.errors import SettingsError
from exporters.delivery import Delivered, Refused, Sender, TryAgain
from exporters.otlp.grpc_sender import GrpcSender
from exporters.otlp.http_sender import HttpSender
from tests.unit.exporters.otlp.backends import Backend, Endless, grpc_backend, http_backend, parcel, request, span_names

SENDERS = {"http": (HttpSender, http_backend), "grpc": (GrpcSender, grpc_backend)}
both = pytest.mark.parametrize("protocol", ["http", "grpc"])
Start = Callable[..., tuple[Sender, Backend]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a backend with a sender to it."""
    with ExitStack() as opened:

        def started(protocol: str, headers: dict[str, str] | None = None, **given: Any) -> tuple[Sender, Backend]:
            make, listen = SENDERS[protocol]
            backend = opened.enter_context(listen())
            options = {"is_gzip": False, "timeout_s": 5.0} | given
            sender = make(backend.url, lambda: headers or {}, **options)  # type: ignore[operator]
            opened.callback(sender.close)
            return sender, backend

        yield started


def refused_in_part(spans: int) -> bytes:
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = spans
    response.partial_success.error_message = "too old"
    return response.SerializeToString()


@both
@pytest.mark.parametrize("is_gzip", [False, True])
def test_one_request_goes_on_byte_for_byte(start: Start, protocol: str, is_gzip: bool) -> None:
    """Compressed or not, with the target's own headers."""
    sender, backend = start(protocol, {"X-Scope-OrgID": "shop"}, is_gzip=is_gzip)
    body = request("a", "b") + b"\xba\x06\x03new"  # a field that nobody here knows
    assert sender.send([parcel(body)]) == Delivered()
    (call,) = backend.calls
    assert call.body == body
    assert call.headers["x-scope-orgid"] == "shop"
    paths = {"http": "/v1/traces", "grpc": "/opentelemetry.proto.collector.trace.v1.TraceService/Export"}
    assert call.path == paths[protocol]
    if protocol == "http":
        assert call.headers["content-type"] == "application/x-protobuf"
        assert call.headers.get("content-encoding") == ("gzip" if is_gzip else None)


@both
def test_several_requests_go_as_one(start: Start, protocol: str) -> None:
    """With the records of all, in their order."""
    sender, backend = start(protocol)
    assert sender.joins("traces/protobuf") and not sender.joins("traces/json")
    sender.send([parcel(request("a", "b")), parcel(request("c")), parcel(request("d"))])
    assert span_names(backend.calls[0].body) == ["a", "b", "c", "d"]


@both
@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_each_signal_has_its_place(start: Start, protocol: str, signal: str) -> None:
    """Path over HTTP, service over gRPC."""
    sender, backend = start(protocol)
    sender.send([parcel(b"", f"{signal}/protobuf")])
    words = {"traces": "TraceService", "logs": "LogsService", "metrics": "MetricsService"}
    assert {"http": f"v1/{signal}", "grpc": f"{words[signal]}/Export"}[protocol] in backend.calls[0].path


def test_json_stays_json_over_http(start: Start) -> None:
    """As it came; a partial success is read in JSON too."""
    sender, backend = start("http")
    backend.headers = {"Content-Type": "application/json"}
    backend.body = b'{"partialSuccess": {"rejectedSpans": "2", "errorMessage": "too old"}}'
    assert sender.send([parcel(b'{"resourceSpans": []}', "traces/json")]) == Delivered(2, "too old")
    assert (backend.calls[0].body, backend.calls[0].headers["content-type"]) == (
        b'{"resourceSpans": []}',
        "application/json",
    )


def test_json_becomes_protobuf_over_grpc(start: Start) -> None:
    """Ids in hex become bytes; numbers as text and enumerations as numbers are read; unknown keys are left out."""
    sender, backend = start("grpc")
    span = {
        "traceId": "00" * 15 + "ff",
        "spanId": "0102030405060708",
        "parentSpanId": "",
        "name": "a",
        "kind": 3,
        "startTimeUnixNano": "1760000000000000000",
        "attributes": [{"key": "n", "value": {"intValue": "7"}}],
        "newer": {"than": "us"},
    }
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    sender.send([parcel(json.dumps(document).encode(), "traces/json")])
    message = ExportTraceServiceRequest.FromString(backend.calls[0].body)
    (got,) = message.resource_spans[0].scope_spans[0].spans
    assert (got.trace_id.hex(), got.span_id.hex(), got.parent_span_id) == (span["traceId"], span["spanId"], b"")
    assert (got.kind, got.start_time_unix_nano, got.attributes[0].value.int_value) == (3, 1760000000000000000, 7)
    for broken in (
        b"{",
        b'{"resourceSpans": 3}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "zz"}]}]}]}',
    ):
        with pytest.raises(Refused, match="forward it over http"):
            sender.send([parcel(broken, "traces/json")])


@both
def test_what_a_target_left_out_is_told(start: Start, protocol: str) -> None:
    """Its partial success."""
    sender, backend = start(protocol)
    backend.body = refused_in_part(3)
    assert sender.send([parcel(request("a"))]) == Delivered(3, "too old")
    backend.body = b"no protobuf at all"
    assert sender.send([parcel(request("a"))]) == Delivered()


@pytest.mark.parametrize(
    ("status", "headers", "error", "retry_after_s"),
    [
        (429, {"Retry-After": "7"}, TryAgain, 7.0),
        (502, {}, TryAgain, None),
        (503, {"Retry-After": "soon"}, TryAgain, None),
        (503, {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}, TryAgain, pytest.approx(2.3e9, rel=0.1)),
        (504, {}, TryAgain, None),
        (401, {}, TryAgain, None),
        (403, {}, TryAgain, None),
        (400, {}, Refused, None),
        (404, {}, Refused, None),
        (413, {}, Refused, None),
        (500, {}, Refused, None),
        (302, {"Location": "/elsewhere"}, Refused, None),
    ],
)
def test_http_statuses_mean_what_the_specification_says(
    start: Start, status: int, headers: dict[str, str], error: type[Exception], retry_after_s: float | None
) -> None:
    """But that who does not know us refuses us, not the data."""
    sender, backend = start("http")
    backend.status, backend.headers, backend.body = status, headers, b"why not"
    with pytest.raises(error, match=f"answers {status}") as raised:
        sender.send([parcel(request("a"))])
    assert getattr(raised.value, "retry_after_s", None) == retry_after_s
    assert "why not" in str(raised.value) or "token_file" in str(raised.value)


@pytest.mark.parametrize(
    ("code", "retry_s", "error"),
    [
        (grpc.StatusCode.UNAVAILABLE, None, TryAgain),
        (grpc.StatusCode.UNAVAILABLE, 9, TryAgain),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 3, TryAgain),
        (grpc.StatusCode.DEADLINE_EXCEEDED, None, TryAgain),
        (grpc.StatusCode.UNAUTHENTICATED, None, TryAgain),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, None, Refused),
        (grpc.StatusCode.INVALID_ARGUMENT, None, Refused),
        (grpc.StatusCode.UNIMPLEMENTED, None, Refused),
        (grpc.StatusCode.INTERNAL, None, Refused),
    ],
)
def test_grpc_codes_mean_what_the_specification_says(
    start: Start, code: grpc.StatusCode, retry_s: int | None, error: type[Exception]
) -> None:
    """RESOURCE_EXHAUSTED is for a moment only where RetryInfo says so."""
    sender, backend = start("grpc")
    backend.code, backend.retry_s = code, retry_s
    with pytest.raises(error, match=f"answers {code.name}") as raised:
        sender.send([parcel(request("a"))])
    assert getattr(raised.value, "retry_after_s", None) == retry_s


@both
def test_nobody_there_is_tried_again(start: Start, protocol: str) -> None:
    """Within the timeout, whatever the protocol."""
    make: Any = SENDERS[protocol][0]
    sender = make("http://127.0.0.1:1", dict, is_gzip=False, timeout_s=1.0)
    with pytest.raises(TryAgain):
        sender.send([parcel(request("a"))])
    sender.close()


@both
def test_a_token_that_cannot_be_read_loses_nothing(start: Start, protocol: str) -> None:
    """It is tried again, and what is told names the file."""

    def unreadable() -> dict[str, str]:
        raise SettingsError("token_file = '/gone': No such file")

    make: Any = SENDERS[protocol][0]
    sender = make("http://127.0.0.1:1", unreadable, is_gzip=False, timeout_s=1.0)
    with pytest.raises(TryAgain, match="/gone"):
        sender.send([parcel(request("a"))])
    sender.close()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Key and certificate of `localhost`, which is its own authority."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: it makes the certificate")
    key, own = tmp_path / "key.pem", tmp_path / "own.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", own, *subject]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return key, own


def test_grpc_trusts_the_named_authority_and_no_other(certificate: tuple[Path, Path]) -> None:
    """TLS where the endpoint is https://."""
    key, own = certificate
    credentials = grpc.ssl_server_credentials([(key.read_bytes(), own.read_bytes())])
    with grpc_backend(credentials) as backend:
        for ca_file, is_trusted in ((own, True), (None, False)):
            sender = GrpcSender(backend.url, dict, is_gzip=True, timeout_s=5.0, ca_file=ca_file)
            if is_trusted:
                assert sender.send([parcel(request("a"))]) == Delivered()
            else:
                with pytest.raises(TryAgain, match="UNAVAILABLE"):
                    sender.send([parcel(request("b"))])
            sender.close()
        assert [span_names(call.body) for call in backend.calls] == [["a"]]


def test_http_trusts_the_named_authority_and_no_other(certificate: tuple[Path, Path]) -> None:
    """TLS where the endpoint is https://."""
    key, own = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)
    with http_backend(context=context) as backend:
        for ca_file, is_trusted in ((own, True), (None, False)):
            sender = HttpSender(backend.url, dict, is_gzip=True, timeout_s=5.0, ca_file=ca_file)
            if is_trusted:
                assert sender.send([parcel(request("a"))]) == Delivered()
            else:
                with pytest.raises(TryAgain, match="ConnectError"):
                    sender.send([parcel(request("b"))])
            sender.close()
        assert [span_names(call.body) for call in backend.calls] == [["a"]]


def test_an_answer_without_end_is_not_read_to_it() -> None:
    """Its status counts; what is over 64 KiB of its text stays where it is."""
    taken = Endless(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")
    sender = HttpSender(taken.url, dict, is_gzip=False, timeout_s=5.0)
    try:
        assert sender.send([parcel(request("a"))]) == Delivered()
    finally:
        sender.close()
        assert taken.end() < 32 * 2**20  # what sockets buffer, not what it had to say


def test_an_answer_that_trickles_is_not_waited_for() -> None:
    """Though each piece of it comes in time: its end is awaited for as long as an answer may take."""
    dripping = Endless(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n", piece=b"x", pause_s=0.05)
    sender = HttpSender(dripping.url, dict, is_gzip=False, timeout_s=0.5)
    try:
        assert sender.send([parcel(request("a"))]) == Delivered()
    finally:
        sender.close()
        assert dripping.end() < 1_000  # of 64 KiB, which would take an hour
