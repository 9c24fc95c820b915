"""Real stories, sent through the real Collector into an Elasticsearch with Elastic's own templates, are read as they were sent."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pyarrow as pa
import pytest

from correlator.elasticsearch import Connection, connect
from correlator.elasticsearch.foreign.reader import ForeignReader
from correlator.elasticsearch.foreign.sources import OTEL_STREAMS
from correlator.elasticsearch.foreign.with_foreign import WithForeign
from correlator.model.finding import Finding
from correlator.pipeline.stories.investigate import Investigator
from correlator.settings import Settings
from correlator.store.contract import Decode, Frame
from correlator.store.memory import MemoryStore
from correlator.wiring import make_decode
from correlator.wiring.foreign import key_fields
from tests.corpus.recording import Label
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH, own_elasticsearch
from tests.e2e.peers import scripts
from tests.elastic.collector_to_elasticsearch import collector_to_elasticsearch
from tests.elastic.recorded_requests import frames_of, recorded_stories

pytestmark = [pytest.mark.skipif(scripts() is None, reason=WHY_NO_ELASTICSEARCH), pytest.mark.timeout(600)]

STORIES = 12
ALL_TIMES = (0, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Written:
    """What was sent over OTLP, in a store; and a reader of what the Collector made of it."""

    sent: MemoryStore
    foreign: ForeignReader
    labels: list[Label]
    decode: Decode


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    recorded, labels = recorded_stories(STORIES)
    decode_all = make_decode(Settings())

    def decode(frame: Frame) -> Any:
        return decode_all(frame).tables

    frames = frames_of(recorded)
    with own_elasticsearch() as server:
        server.run("stock")
        with collector_to_elasticsearch(tmp_path_factory.mktemp("collector"), server.url) as door:
            _post(door, frames)
        with connect(Connection((server.url,))) as client:
            client.indices.refresh(index="traces-*,logs-*")
            yield Written(
                _store(frames, decode), ForeignReader(client, OTEL_STREAMS, decode, key_fields()), labels, decode
            )


def test_a_range_is_read_as_the_records_that_were_sent(written: Written) -> None:
    """Spans with their events and links, log records with body and attributes: nothing more, nothing less."""
    read = _read(written)
    assert _rows(read.scan("traces", *ALL_TIMES, COLUMNS["traces"])) == _rows(
        written.sent.scan("traces", *ALL_TIMES, COLUMNS["traces"])
    )
    assert _rows(read.scan("logs", *ALL_TIMES, COLUMNS["logs"])) == _rows(
        written.sent.scan("logs", *ALL_TIMES, COLUMNS["logs"])
    )


def test_a_finding_is_the_one_of_the_same_records_over_otlp(written: Written) -> None:
    """Candidates, evidence, confidence and path are equal for each story that failed."""
    read, sent = Investigator(_read(written)), Investigator(written.sent)
    findings = [(_explained(read, label), _explained(sent, label)) for label in written.labels]
    assert any(of_sent.candidates for _, of_sent in findings)
    for of_read, of_sent in findings:
        assert of_read == of_sent


def test_stories_of_an_empty_store_are_those_that_others_wrote(written: Written) -> None:
    """By trace id and join keys, page by page of nothing of its own: the same traces, and the same finding."""
    merged, sent = Investigator(WithForeign(MemoryStore(), written.foreign)), Investigator(written.sent)
    for label in written.labels[:5]:
        of_merged, of_sent = merged.trace(label.trace_ids[0]), sent.trace(label.trace_ids[0])
        assert of_merged is not None
        assert of_sent is not None
        assert set(of_merged.trace_ids) == set(of_sent.trace_ids)
        assert len(of_merged.spans) == len(of_sent.spans)
        assert _explained(merged, label) == _explained(sent, label)


def test_a_story_is_whole_where_the_store_has_only_its_spans(written: Written) -> None:
    """The store got the traces, Elasticsearch the logs too: nothing is there twice."""
    recorded, labels = recorded_stories(STORIES)
    spans = _store([frame for frame in frames_of(recorded) if frame.signal == "traces"], written.decode)
    merged = Investigator(WithForeign(spans, written.foreign))
    label = labels[0]
    of_merged, of_sent = merged.trace(label.trace_ids[0]), Investigator(written.sent).trace(label.trace_ids[0])
    assert of_merged is not None
    assert of_sent is not None
    assert (len(of_merged.spans), len(of_merged.logs)) == (len(of_sent.spans), len(of_sent.logs))


COLUMNS = {
    "traces": (
        "trace_id", "span_id", "parent_span_id", "trace_state", "name", "kind", "start_time_unix_nano",
        "end_time_unix_nano", "status_code", "status_message", "is_error", "attributes", "events", "links", "marks",
        "dropped_counts", "service_name", "system", "scope_name", "scope_details", "resource_attributes", "resource_details",
    ),
    "logs": (
        "trace_id", "span_id", "time_unix_nano", "observed_time_unix_nano", "severity_number", "severity_text",
        "event_name", "body", "is_error", "attributes", "marks", "dropped_counts", "service_name", "system", "scope_name",
        "scope_details", "resource_attributes", "resource_details",
    ),
}  # fmt: skip
"""All that a table has, but for what its store says, and the flags, which the Collector does not write."""


def _post(door: str, frames: list[Frame]) -> None:
    with httpx.Client(headers={"content-type": "application/x-protobuf"}, timeout=30) as client:
        for frame in frames:
            assert client.post(f"{door}/v1/{frame.signal}", content=frame.payload).status_code == 200


def _store(frames: list[Frame], decode: Decode) -> MemoryStore:
    store = MemoryStore()
    for frame in frames:
        store.append(frame, decode(frame)).result()
    return store


def _read(written: Written) -> MemoryStore:
    streams = written.foreign.streams(*ALL_TIMES)
    return _store([frame for frame, _ in written.foreign.requests(streams, 10**6)], written.decode)


def _explained(investigator: Investigator, label: Label) -> Finding | None:
    return investigator.explain(label.trace_ids[0])


def _rows(table: pa.Table) -> Counter[str]:
    return Counter(json.dumps(_row(row), sort_keys=True, default=bytes.hex) for row in table.to_pylist())


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """JSON texts as what they say, as Elastic's templates keep no order of names; numbers as floats of 4 bytes keep them."""
    texts = ("attributes", "events", "links", "resource_attributes", "scope_details", "resource_details")
    return {name: _said(json.loads(value)) if name in texts and value else value for name, value in row.items()}


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _said(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_said(inner) for inner in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(f"{value:.6g}") if is_number else value
