"""Records and conclusions to one cluster, each by a target of its own: one that is refused keeps the other from nothing."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

from correlator.elasticsearch import Connection, Names, connect
from correlator.errors import SettingsError
from correlator.pipeline.exporter import ExporterContext, Spool
from exporters.delivery import Bounds, Breaker, Costs, DeadLetters, RequestSource, Sender, Source, Target
from exporters.elasticsearch.cluster import Cluster
from exporters.elasticsearch.conclusion_reader import ConclusionReader
from exporters.elasticsearch.conclusion_sender import ConclusionSender
from exporters.elasticsearch.log_id import log_id_of
from exporters.elasticsearch.ours import Ours
from exporters.elasticsearch.outbox import Outbox
from exporters.elasticsearch.record_sender import RecordSender
from exporters.elasticsearch.target_names import CONCLUSIONS, RECORDS

BATCH_BYTES: Final = 4 * 2**20
"""Of requests, made into documents together: some bulk requests' worth."""
ENDING_S: Final = 3.0  # a few seconds, as pipeline.exporter says: a bulk request takes about one
EVERYTHING: Final = Bounds(2**62, 1e9)
"""Conclusions are bounded by how many there are: of each only the last state waits."""


class ElasticsearchExporter:
    """Sends what the doors acknowledged, and tells what the engine concluded."""

    def __init__(self, targets: Sequence[Target], reader: ConclusionReader, clusters: Sequence[Cluster]) -> None:
        self.targets, self.reader, self._clusters = tuple(targets), reader, tuple(clusters)

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; what the cluster has not answered ENDING_S later is cut off, and sent again at the next start."""
        jobs = {"conclusions": self.reader.run} | {each.name: each.run for each in self.targets}
        threads = [threading.Thread(target=run, args=(stop,), name=name) for name, run in jobs.items()]
        for thread in threads:
            thread.start()
        stop.wait()
        until_s = time.monotonic() + ENDING_S
        for thread in threads:
            thread.join(max(0.0, until_s - time.monotonic()))
        for cluster in self._clusters:
            cluster.cut()
        for thread in threads:
            thread.join()

    def describe(self) -> str:
        return "; ".join(each.describe() for each in self.targets)


def build_exporter(
    connection: Connection, names: Names, given: Mapping[str, Any], context: ExporterContext, spool: Spool
) -> ElasticsearchExporter:
    """Not running yet. `given` is the section `elasticsearch.export`. Raises SettingsError where secrets cannot be read."""
    connect(connection).close()
    for_records, for_conclusions = Cluster(connection), Cluster(connection)
    letters = DeadLetters(spool.folder)
    outbox = Outbox(spool.folder)
    records = RequestSource(spool.requests, RECORDS, given["signals"])
    waiting = Bounds(given["waiting_size"], given["waiting_age"])
    kept = Bounds(given["dead_letter_size"], given["dead_letter_age"])

    def target(name: str, source: Source, sender: Sender, bounds: Bounds, batch_age_s: float) -> Target:
        costs = Costs(bounds, BATCH_BYTES, kept, batch_age_s)
        return Target(name, source, sender, letters, context.metrics, costs, Breaker(Random()), spool.has_room)

    return ElasticsearchExporter(
        [
            target(RECORDS, records, _record_sender(for_records, names, given, spool), waiting, given["batch_age"]),
            target(CONCLUSIONS, outbox, _conclusion_sender(for_conclusions, names), EVERYTHING, 0.0),
        ],
        ConclusionReader(context.catalog, outbox, context.link_of),
        (for_records, for_conclusions),
    )


def _record_sender(cluster: Cluster, names: Names, given: Mapping[str, Any], spool: Spool) -> RecordSender:
    streams = dict.fromkeys(names.stream(signal) for signal in _with_events(given["signals"]))
    return RecordSender(
        cluster,
        names,
        spool.decode,
        _log_id(spool.folder),
        given["bulk"],
        Ours(cluster, streams=tuple(streams)).check,
        spool.requests.acknowledged_end(),
    )


def _conclusion_sender(cluster: Cluster, names: Names) -> ConclusionSender:
    indices = (names.incidents, names.findings, names.error_groups)
    return ConclusionSender(cluster, names, Ours(cluster, indices=indices, state=names.state).check)


def _with_events(signals: Sequence[str]) -> tuple[str, ...]:
    """Events of spans are logs."""
    return (*signals, "logs") if "traces" in signals else tuple(signals)


def _log_id(folder: Path) -> str:
    try:
        return log_id_of(folder)
    except OSError as error:
        raise SettingsError(f"{folder} takes no more ({error.strerror}); free some room") from error
