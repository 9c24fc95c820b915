"""The recorded corpus in both stores: whatever keeps the records, the same is concluded from them."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import pytest

from correlator.elasticsearch import Connection, connect
from correlator.pipeline.watch.watch import Watch
from correlator.settings import Settings
from correlator.store.contract import IncidentQuery, Store
from correlator.store.elasticsearch import ElasticsearchStore
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring import make_decode
from correlator.wiring.stories import make_investigator, make_patterns
from tests.corpus.recording import read_labels, read_recorded
from tests.corpus.replay import Replay
from tests.elastic.prepared import prepared

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
EVERYTHING = 2**40  # bytes of the log
WATCHED = 30
"""Failing stories that each watch looks into: several causes, and soon done."""
EVERY = 15
"""Of the labelled stories, one in so many is explained by itself: of every breakage some."""


@dataclass(frozen=True, slots=True)
class Stores:
    segments: SegmentStore
    elasticsearch: ElasticsearchStore
    now_unix_nano: int  # a minute after the last arrival


@pytest.fixture(scope="module")
def stores(elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """The same requests in both."""
    came = read_recorded()
    replay = Replay(tmp_path_factory.mktemp("corpus"))
    replay.store.hold("copy", 0)
    replay.play(came)
    client = connect(Connection(hosts=(elasticsearch_url,)))
    with prepared(client) as names:
        store = ElasticsearchStore(client, names)
        _copy(replay.store, store)
        yield Stores(replay.store, store, max(each.arrival_unix_nano for each in came) + 60 * 10**9)
        store.close()
    client.close()
    replay.close()


def test_incidents_are_the_same(stores: Stores) -> None:
    """Keys, counts, services, and findings with their candidates and evidence, field by field."""
    of_segments, of_elasticsearch = (_watched(store, stores) for store in (stores.segments, stores.elasticsearch))
    assert len(of_segments) > 3
    assert of_elasticsearch == of_segments


def test_explanations_of_stories_are_the_same(stores: Stores) -> None:
    """Also of stories that nobody watches, as those that failed silently."""
    settings = Settings()
    by_segments, by_elasticsearch = (
        make_investigator(store, settings, make_patterns(store, settings, EngineMetrics()))
        for store in (stores.segments, stores.elasticsearch)
    )
    trace_ids = [label.trace_ids[0] for label in read_labels() if label.trace_ids][::EVERY]
    assert len(trace_ids) > 20
    for trace_id in trace_ids:
        assert msgspec.to_builtins(by_elasticsearch.explain(trace_id)) == msgspec.to_builtins(
            by_segments.explain(trace_id)
        )


def _copy(source: SegmentStore, target: ElasticsearchStore) -> None:
    """In the order of the log, which the store keeps."""
    decode = make_decode(Settings())
    futures = [
        target.append(each.frame, decode(each.frame).tables) for each in source.requests_from(0, EVERYTHING).requests
    ]
    assert len(futures) > 1_000
    for future in futures:
        future.result(60)


def _watched(store: Store, stores: Stores) -> list[dict[str, object]]:
    settings, metrics = Settings(), EngineMetrics()
    given = settings.incidents
    watch = Watch(
        store,
        make_investigator(store, settings, make_patterns(store, settings, metrics)),
        metrics,
        threshold=given.threshold,
        window_s=given.window,
        quiet_s=given.quiet,
        settle_s=given.settle,
        max_traces_per_turn=WATCHED,
        backlog=given.backlog,
        clock_unix_nano=lambda: stores.now_unix_nano,
    )
    watch.turn()
    return [msgspec.to_builtins(each) for each in store.incidents(IncidentQuery(limit=1_000)).incidents]
