"""What documents cost: requests of spans to Elasticsearch documents, beside json.dumps of dicts, in one run.

    python -m tests.benchmarks.elastic_documents [--spans 100000] [--batch 512]

Prints thousands of documents per CPU second, and bytes a document. Both write the same documents.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from correlator.correlate.stitch import join_keys
from correlator.doors.otlp_decode import decode
from correlator.elasticsearch.documents import documents_of
from correlator.elasticsearch.documents.span_texts import KINDS, STATUS_CODES
from correlator.model.limits import Limits
from correlator.model.tables import Tables
from correlator.store.contract import Frame
from tests.benchmarks.generate import FIRST_START_UNIX_NANO, requests

ROUNDS: Final = 5  # the best of them: others use the machine too


def naive(tables: Tables, request: str) -> Iterable[bytes]:
    """What one would write first: rows to dicts, attributes parsed, json.dumps."""
    keys: dict[int, list[str]] = {}
    for row in join_keys(tables).to_pylist():
        keys.setdefault(row["row"], []).append(row["key"])
    for row in tables.spans.to_pylist():
        yield json.dumps(
            _document(row, request, keys.get(row["row"])), separators=(",", ":"), ensure_ascii=False
        ).encode()


def _document(row: dict[str, Any], request: str, keys: list[str] | None) -> dict[str, Any]:
    start, end = row["start_time_unix_nano"], row["end_time_unix_nano"]
    document: dict[str, Any] = {
        "@timestamp": f"{start // 10**6}.{start % 10**6:06}",
        "data_stream": {"type": "traces", "dataset": "generic.otel", "namespace": "default"},
        "trace_id": row["trace_id"].hex(),
        "span_id": row["span_id"].hex(),
        "parent_span_id": row["parent_span_id"].hex() if row["parent_span_id"] else None,
        "trace_state": row["trace_state"],
        "name": row["name"],
        "kind": KINDS[row["kind"]],
        "duration": end - start,
        "attributes": json.loads(row["attributes"]),
        "links": json.loads(row["links"]) if row["links"] else None,
        "status": _status(row),
        "resource": {"attributes": json.loads(row["resource_attributes"])},
        "scope": {"name": row["scope_name"]},
        "correlator": {
            "request": request,
            "row": row["row"],
            "arrival": row["arrival_unix_nano"],
            "system": row["system"],
            "service": row["service_name"],
            "is_error": row["is_error"],
            "join_keys": keys,
        },
    }
    return {name: value for name, value in document.items() if value is not None}


def _status(row: dict[str, Any]) -> dict[str, str]:
    code = {"code": STATUS_CODES[row["status_code"]]} if row["status_code"] else {}
    return code | ({"message": row["status_message"]} if row["status_message"] else {})


def ours(tables: Tables, request: str) -> Iterable[bytes]:
    return (document.source for document in documents_of(tables, request))


def seconds(write: Callable[[Tables, str], Iterable[bytes]], batches: list[Tables]) -> float:
    """CPU seconds for all of them, the best of ROUNDS."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for number, batch in enumerate(batches):
            for _document_source in write(batch, f"r{number}"):
                pass
        best = min(best, time.process_time() - started)
    return best


def batches_of(spans: int, size: int) -> list[Tables]:
    """Requests of `size` spans, as decoding gives them."""
    whole = [
        decode(Frame("traces", "protobuf", FIRST_START_UNIX_NANO, each), Limits(), lambda *_: "bridge").tables.spans
        for each in requests(1, spans)
    ]
    return [Tables(spans=table.slice(start, size)) for table in whole for start in range(0, table.num_rows, size)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=50_000)
    parser.add_argument("--batch", type=int, default=512, help="spans in a request, 512 at most")
    given = parser.parse_args()
    batches = batches_of(given.spans, given.batch)
    size = sum(map(len, ours(batches[0], "r"))) / batches[0].num_rows
    assert [json.loads(each) for each in ours(batches[0], "r")] == [json.loads(each) for each in naive(batches[0], "r")]
    rates = {name: given.spans / seconds(write, batches) / 1e3 for name, write in (("ours", ours), ("naive", naive))}
    for name, rate in rates.items():
        print(f"{name:<6} {rate:8.0f} k documents per CPU second, {size:.0f} bytes each")  # noqa: T201
    print(f"ours is {rates['ours'] / rates['naive']:.1f} times json.dumps of dicts, requests of {given.batch}")  # noqa: T201


if __name__ == "__main__":
    main()
