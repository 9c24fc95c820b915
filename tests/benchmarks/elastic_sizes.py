"""Settings of an index by what they cost: bytes and server CPU a span, on a real Elasticsearch that this starts.

    CORRELATOR_PEERS=... python -m tests.benchmarks.elastic_sizes [--spans 60000]

Every variant gets the same documents with the templates' mapping; the first round warms the server up, the second counts.
Synthetic sources do not give back what was written: they are here to tell what that exactness costs.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.documents import bulk_body, documents_of
from correlator.elasticsearch.templates.records import component_bodies
from tests.benchmarks.elastic_documents import batches_of
from tests.e2e.jvm_peers import JvmServer, own_elasticsearch

VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "as the templates have it": {},
    "codec default (LZ4)": {"index.codec": "default"},
    "sorted by trace id": {"index.sort.field": ["trace_id"]},
    "sorted by service, newest first": {
        "index.sort.field": ["correlator.service", "@timestamp"],
        "index.sort.order": ["asc", "desc"],
    },
    "logsdb, source stored": {"index.mode": "logsdb", "index.mapping.source.mode": "stored"},
    "logsdb, source synthetic": {"index.mode": "logsdb"},
    "source synthetic": {"index.mapping.source.mode": "synthetic"},
}
ROUNDS: Final = 2
REQUESTS_PER_BULK: Final = 6  # of 512 spans: 3 MB


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one span: bytes on disk in one segment; server CPU until it is indexed, and with that of merging."""

    bytes: float
    index_us: float
    merged_us: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=60_000)
    spans = parser.parse_args().spans
    bodies = _bodies(spans)
    with own_elasticsearch(on_disk=True) as server, connect(Connection((server.url,), timeout_s=300)) as client:
        for number in range(ROUNDS):
            for name, settings in VARIANTS.items():
                cost = _cost(server, client, settings, bodies, spans)
                if number == ROUNDS - 1:
                    print(f"{name:34} {cost.bytes:6.0f} B {cost.index_us:6.0f} us {cost.merged_us:6.0f} us")  # noqa: T201


def _bodies(spans: int) -> list[bytes]:
    requests = [list(documents_of(each, f"0123456789ab-{n:012x}")) for n, each in enumerate(batches_of(spans, 512))]
    groups = [requests[start : start + REQUESTS_PER_BULK] for start in range(0, len(requests), REQUESTS_PER_BULK)]
    return [bulk_body(document for request in group for document in request) for group in groups]


def _cost(
    server: JvmServer, client: Elasticsearch, settings: Mapping[str, Any], bodies: list[bytes], spans: int
) -> Cost:
    parts = [component_bodies()[word]["template"] for word in ("records", "traces")]
    body = {
        "index_patterns": ["traces-*"],
        "data_stream": {},
        "priority": 500,
        "composed_of": ["records", "traces"],
        "template": {"settings": {"index.number_of_replicas": 0, **settings}},
    }
    for word, part in zip(("records", "traces"), parts, strict=True):
        client.cluster.put_component_template(name=word, template=part)
    client.indices.put_index_template(name="measured", **body)  # type: ignore[arg-type]
    stream = Names().stream("traces")
    try:
        before = _cpu_s(server)
        for each in bodies:
            assert not client.bulk(operations=each, filter_path="errors")["errors"]  # type: ignore[arg-type]
        client.indices.refresh(index=stream)
        indexed = _cpu_s(server)
        client.indices.forcemerge(index=stream, max_num_segments=1)
        client.indices.flush(index=stream)
        merged = _cpu_s(server)
        size = client.indices.stats(index=stream)["_all"]["primaries"]["store"]["size_in_bytes"]
    finally:
        client.indices.delete_data_stream(name=stream)
    return Cost(size / spans, (indexed - before) / spans * 1e6, (merged - before) / spans * 1e6)


def _cpu_s(server: JvmServer) -> float:
    times = server.process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
