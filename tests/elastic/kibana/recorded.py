"""The recorded corpus of the live stack, and what the engine concludes from it, as documents in an Elasticsearch."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.elasticsearch.documents import bulk_body, documents_of
from correlator.elasticsearch.documents.conclusions import finding_document, finding_id, incident_document
from correlator.model.incident import Incident
from correlator.model.tables import Tables
from correlator.pipeline.watch.watch import Watch
from correlator.settings import Settings
from correlator.store.contract import IncidentQuery
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.stories import make_investigator, make_patterns
from tests.corpus.recording import read_recorded
from tests.corpus.replay import Replay, all_records
from tests.elastic.kibana.own_names import SIGNALS, own_names, own_part

PAGE = 2_000
"""Documents of a bulk."""
MARGIN_S = 60
STORIES = 80
"""Failing stories that the watch looks into, of some 300: enough for incidents of every kind, and soon done."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A server that holds the corpus. Times are RFC 3339; everything lies within them."""

    client: Elasticsearch
    names: Names
    start: str
    end: str
    incidents: tuple[Incident, ...]

    def indices(self, pattern: str) -> str:
        """Of a data view's pattern that part that is this test's own."""
        return own_part(pattern, self.names)


@contextmanager
def recorded(url: str, folder: Path) -> Iterator[Recorded]:
    """Made by our templates, under names of its own, and gone after the block."""
    with own_names(url) as (client, names):
        tables, incidents = _replayed(folder)
        _write(client, names, tables, incidents)
        yield Recorded(client, names, *_span(tables), incidents)


def _replayed(folder: Path) -> tuple[Tables, tuple[Incident, ...]]:
    """The records, and the incidents that a watch makes of the first STORIES once they are still."""
    replay = Replay(folder)
    try:
        came = read_recorded()
        replay.play(came)
        now = max(each.arrival_unix_nano for each in came) + 60 * 10**9
        return all_records(replay.store), _watched(replay.store, now)
    finally:
        replay.close()


def _watched(store: SegmentStore, now_unix_nano: int) -> tuple[Incident, ...]:
    settings, metrics = Settings(), EngineMetrics()
    given, patterns = settings.incidents, make_patterns(store, settings, metrics)
    watch = Watch(
        store,
        make_investigator(store, settings, patterns),
        metrics,
        threshold=given.threshold,
        window_s=given.window,
        quiet_s=given.quiet,
        settle_s=given.settle,
        max_traces_per_turn=STORIES,
        backlog=given.backlog,
        clock_unix_nano=lambda: now_unix_nano,
    )
    watch.turn()
    return store.incidents(IncidentQuery(limit=1_000)).incidents


def _write(client: Elasticsearch, names: Names, tables: Tables, incidents: tuple[Incident, ...]) -> None:
    documents = [document for request in _requests(tables) for document in documents_of(*request, names)]
    for first in range(0, len(documents), PAGE):
        answer = client.bulk(body=bulk_body(documents[first : first + PAGE], names))
        assert not answer["errors"], [item for item in answer["items"] if item["create"]["status"] >= 300][:3]
    lines: list[bytes] = []
    for each in incidents:
        link = f"http://127.0.0.1:7070/api/v1/incidents/{each.key}"
        for index, name, document in (
            (names.incidents, each.key, incident_document(each, link)),
            (names.findings, finding_id(each), finding_document(each, link)),
        ):
            lines += (json.dumps({"index": {"_index": index, "_id": name}}).encode(), json.dumps(document).encode())
    answer = client.bulk(body=b"\n".join([*lines, b""]), refresh=True)
    assert not answer["errors"], answer["items"][:3]
    client.indices.refresh(index=",".join(names.stream(signal) for signal in SIGNALS))


def _requests(tables: Tables) -> Iterator[tuple[Tables, str]]:
    """The records of each request, and its name."""
    positions = sorted({*tables.spans["position"].to_pylist(), *tables.logs["position"].to_pylist()})
    for position in positions:
        of_request = [table.filter(pc.equal(table["position"], position)) for table in (tables.spans, tables.logs)]
        yield Tables(*of_request), f"recorded-{position}"


def _span(tables: Tables) -> tuple[str, str]:
    times = [*tables.spans["start_time_unix_nano"].to_pylist(), *tables.logs["time_unix_nano"].to_pylist()]
    return tuple(_rfc3339(at) for at in (min(times) - MARGIN_S * 10**9, max(times) + MARGIN_S * 10**9))  # type: ignore[return-value]


def _rfc3339(unix_nano: int) -> str:
    return datetime.fromtimestamp(unix_nano // 10**9, UTC).isoformat()
