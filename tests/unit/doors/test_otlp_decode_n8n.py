"""What a real n8n sent is decoded to what protobuf says, from both encodings."""

import gzip
import json
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.doors.otlp_decode import decode
from correlator.model.limits import Limits
from correlator.store.contract import Frame
from tests.property.otlp_oracle import comparable, expected, rows_of, system_by_name

FIXTURES = Path(__file__).parents[2] / "fixtures"
ARRIVAL = 1_795_234_200_000_000_000
RAW = sorted((FIXTURES / "otlp").glob("*.pb"))
DECODED = sorted((FIXTURES / "n8n").glob("*otlp_traces_decoded.jsonl.gz"))


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.name)
def test_raw_bytes_are_read_as_protobuf_reads_them(path: Path) -> None:
    """Every span, every value; nothing rejected."""
    payload = path.read_bytes()
    decoded = decode(Frame("traces", "protobuf", ARRIVAL, payload), Limits(), system_by_name)
    answer = expected("traces", ExportTraceServiceRequest.FromString(payload), Limits(), ARRIVAL)
    assert len(answer.rows) in (20, 47) and not decoded.rejections
    assert comparable(rows_of(decoded.tables.spans)) == comparable(answer.rows)


@pytest.mark.parametrize("path", DECODED, ids=lambda path: path.name)
def test_recorded_json_requests_are_read_whole(path: Path) -> None:
    """As many spans as were counted when they were recorded, in n8n's own scope, errors among them."""
    errors = 0
    for line in gzip.decompress(path.read_bytes()).splitlines():
        recorded = json.loads(line)
        payload = json.dumps(recorded["request"]).encode()
        decoded = decode(Frame("traces", "json", ARRIVAL, payload), Limits(), system_by_name)
        spans = decoded.tables.spans
        assert (spans.num_rows, decoded.rejections) == (recorded["spans"], ())
        assert set(spans.column("system").to_pylist()) == {"n8n/n8n-workflow"}
        errors += sum(spans.column("is_error").to_pylist())
    assert errors


def test_the_recorded_json_and_the_raw_bytes_give_equal_tables() -> None:
    """The first two recorded requests are those of the raw files."""
    lines = gzip.decompress((FIXTURES / "n8n" / "otlp_traces_decoded.jsonl.gz").read_bytes()).splitlines()
    for path, line in zip(RAW, lines, strict=False):
        payload = json.dumps(json.loads(line)["request"]).encode()
        from_json = decode(Frame("traces", "json", ARRIVAL, payload), Limits(), system_by_name)
        from_raw = decode(Frame("traces", "protobuf", ARRIVAL, path.read_bytes()), Limits(), system_by_name)
        assert from_json.tables.spans.to_pylist() == from_raw.tables.spans.to_pylist()
