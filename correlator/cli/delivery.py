"""Requests out of files, into a running engine over OTLP/HTTP or straight into a data folder."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec
from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from correlator.cli.api_client import DIRECT
from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.otlp_file import OtlpRequest
from correlator.cli.record_count import count_records
from correlator.errors import InvalidInput, Overloaded
from correlator.model.limits import Rejection
from correlator.pipeline.record import Receipt, Recorder

TIMEOUT_S: Final = 60.0
ATTEMPTS: Final = 10  # of a request that is answered 429 or 503
LONGEST_WAIT_S: Final = 10.0  # between two of them, whatever Retry-After asks
IN_FLIGHT: Final = (
    8  # requests handed to the recorder and not answered yet: keeps its threads and one group of syncs busy
)
CONTENT_TYPES: Final = {"protobuf": "application/x-protobuf", "json": "application/json"}
BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})
RESPONSES: Final[dict[str, Any]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points"),
}


def into_recorder(requests: Iterable[OtlpRequest], recorder: Recorder) -> Iterator[Receipt]:
    """Record each request; the receipts in their order, each once its records are durable."""
    waiting: deque[Future[Receipt]] = deque()
    for request in requests:
        while (receipt := _submitted(request, recorder)) is None:
            if waiting:
                yield _receipt(waiting.popleft())
            else:  # the last one is answered, and gives its bytes back in a moment
                time.sleep(0.001)
        waiting.append(receipt)
        if len(waiting) >= IN_FLIGHT:
            yield _receipt(waiting.popleft())
    while waiting:
        yield _receipt(waiting.popleft())


def _submitted(request: OtlpRequest, recorder: Recorder) -> "Future[Receipt] | None":
    """The receipt to come; None while too many bytes are in flight, of our own requests."""
    try:
        return recorder.submit(request.body, request.signal, request.encoding)
    except Overloaded:
        return None


def _receipt(future: "Future[Receipt]") -> Receipt:
    try:
        return future.result()
    except InvalidInput as error:
        return Receipt(0, (Rejection("invalid_request", 1, str(error)),))


def into_url(requests: Iterable[OtlpRequest], url: str, token: str | None) -> Iterator[Receipt]:
    """Post each request to the OTLP/HTTP door at `url`; waits and tries again while the door is busy."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=TIMEOUT_S, mounts=DIRECT) as http:
        for request in requests:
            yield _answered(request, _post(http, request, url))


def _post(http: httpx.Client, request: OtlpRequest, url: str) -> httpx.Response:
    headers = {"Content-Type": CONTENT_TYPES[request.encoding]}
    for _ in range(ATTEMPTS):
        try:
            response = http.post(f"/v1/{request.signal}", content=request.body, headers=headers)
        except (httpx.TransportError, httpx.UnsupportedProtocol) as error:
            raise _unreachable(url, str(error)) from error
        if response.status_code not in BUSY:
            return response
        time.sleep(_wait_s(response))
    raise _unreachable(url, f"it answered {response.status_code} {ATTEMPTS} times: {_refusal(response)}")


def _wait_s(response: httpx.Response) -> float:
    asked = response.headers.get("Retry-After", "1")
    return min(LONGEST_WAIT_S, float(asked) if asked.isdigit() else 1.0)


def _unreachable(url: str, reason: str) -> CommandFailed:
    return CommandFailed(
        f"no OTLP/HTTP door at {url}: {reason}. Start an engine with `correlator serve`, name it with --to URL, "
        "or write into a folder with --data-dir DIR",
        ExitCode.CANNOT_REACH,
    )


def _answered(request: OtlpRequest, response: httpx.Response) -> Receipt:
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        raise CommandFailed("the engine asks for a token: set CORRELATOR_API_TOKEN", ExitCode.WRONG_USE)
    records = count_records(request)
    if response.status_code != HTTPStatus.OK:
        message = f"{request.place}: {_refusal(response)}"
        return Receipt(0, (Rejection(f"http_{response.status_code}", max(records, 1), message),))
    rejected, message = _partial_success(request, response)
    rejections = (Rejection("partial_success", rejected, f"{request.place}: {message}"),) if rejected else ()
    return Receipt(records - rejected, rejections)


def _partial_success(request: OtlpRequest, response: httpx.Response) -> tuple[int, str]:
    kind, rejected = RESPONSES[request.signal]
    if request.encoding == "protobuf":
        partial = kind.FromString(response.content).partial_success
        return getattr(partial, rejected), partial.error_message
    answer = msgspec.json.decode(response.content or b"{}", type=dict[str, Any]).get("partialSuccess", {})
    words = rejected.split("_")
    camel = words[0] + "".join(word.title() for word in words[1:])
    return int(answer.get(camel, 0)), str(answer.get("errorMessage", ""))


def _refusal(response: httpx.Response) -> str:
    """What google.rpc.Status says, in either encoding."""
    try:
        if "json" in response.headers.get("Content-Type", ""):
            return str(
                msgspec.json.decode(response.content, type=dict[str, Any]).get("message", response.reason_phrase)
            )
        return Status.FromString(response.content).message or response.reason_phrase
    except (DecodeError, msgspec.MsgspecError, UnicodeDecodeError):
        return response.reason_phrase
