"""An engine's store and its exporter to a cluster, turned by hand."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from correlator.elasticsearch import Connection, Names
from correlator.model.tables import Tables
from correlator.pipeline.exporter import ExporterContext, Spool
from correlator.settings.elasticsearch_export import ElasticsearchExportSettings
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from exporters.delivery import DeadLetters, Parcel, RequestSource
from exporters.elasticsearch.cluster import Cluster
from exporters.elasticsearch.exporter import ElasticsearchExporter, build_exporter
from exporters.elasticsearch.log_id import log_id_of
from exporters.elasticsearch.record_sender import RecordSender
from tests.conformance.records import decode, frame_of

WITHIN_S = 30.0


@dataclass
class Exporting:
    """`settled` turns the exporter until nothing waits."""

    folder: Path
    store: SegmentStore
    exporter: ElasticsearchExporter
    connection: Connection
    names: Names

    def record(self, records: Tables, arrival_unix_nano: int | None = None) -> None:
        """As a door would: acknowledged."""
        self.store.append(frame_of(records, arrival_unix_nano or time.time_ns()), records).result(10)

    def turn(self, count: int = 1) -> None:
        for _ in range(count):
            self.exporter.reader.turn()
            for target in self.exporter.targets:
                target.step(Event())

    def settled(self) -> None:
        until = time.monotonic() + WITHIN_S
        self.turn(2)
        while any(target._waiting.bytes for target in self.exporter.targets):
            assert time.monotonic() < until, self.exporter.describe()
            self.turn()
            time.sleep(0.02)

    @property
    def letters(self) -> DeadLetters:
        return DeadLetters(self.folder)

    def sender_of_a_later_run(self) -> RecordSender:
        """What a crash has send everything again: it knows nothing of what was sent."""
        sent_before = self.store.acknowledged_end()
        log_id = log_id_of(self.folder)
        cluster = Cluster(self.connection)
        return RecordSender(cluster, self.names, decode, log_id, 2**20, lambda: None, sent_before)

    def parcels(self) -> Sequence[Parcel]:
        """All that was recorded."""
        return RequestSource(self.store, "test", ("traces", "logs", "metrics")).read(0, 2**30).parcels


@contextmanager
def exporting(folder: Path, to: str | Connection, names: Names, **given: Any) -> Iterator[Exporting]:
    """A store in `folder` and its exporter, to a URL or by a connection, for the block; `given` are settings of elasticsearch.export."""
    folder.mkdir(exist_ok=True)
    connection = Connection(hosts=(to,), timeout_s=10.0) if isinstance(to, str) else to
    settings = ElasticsearchExportSettings(enabled=True, **{"batch_age": "0s", **given})
    store = SegmentStore(folder, decode, upkeep_interval_s=None)
    try:
        spool = Spool(store, folder, lambda: True, decode)
        context = ExporterContext(store, EngineMetrics(), lambda key: f"http://engine/{key}", lambda _: True, spool)
        exporter = build_exporter(connection, names, dict(settings), context, spool)
        yield Exporting(folder, store, exporter, connection, names)
        for target in exporter.targets:
            stopped = Event()
            stopped.set()
            target.run(stopped)
    finally:
        store.close()


def values_in(client: Elasticsearch, stream: str, field: str = "span_id") -> Counter[str]:
    """How often the documents of a data stream, in all of its indices, have each value of a field."""
    client.indices.refresh(index=stream)
    hits = scan(client, index=stream, source=[field], size=5_000)
    return Counter(hit["_source"][field] for hit in hits)
