"""What is told of requests where nobody knows at first whether their markers are there."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, Names, connect
from correlator.errors import Unavailable
from correlator.store.contract import Frame
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.requests import recorder
from correlator.store.elasticsearch.requests.marker import position_of
from correlator.store.elasticsearch.requests.positions import Positions
from correlator.store.elasticsearch.requests.recorder import Recorder
from correlator.store.elasticsearch.requests.request_writer import Request
from tests.conformance.records import tables
from tests.unit.elasticsearch.stand_in import Answer, Asked, stand_in

ANSWER_S = 0.3


@dataclass
class Markers:
    """A server that keeps markers by id; the first bulk is answered after `late_s`, though it was done."""

    late_s: float = 0.0
    is_readable: bool = True
    seq_nos: dict[str, int] = field(default_factory=dict)
    bulks: int = 0

    def answer(self, asked: Asked) -> Answer:
        if not asked.path.endswith("/_bulk"):
            return self._read(asked.json["ids"])
        self.bulks += 1
        items = [{"create": self._created(line)} for line in asked.body.splitlines()[::2]]
        if self.bulks == 1:
            time.sleep(self.late_s)
        return Answer({"items": items})

    def _created(self, action: bytes) -> dict[str, Any]:
        name = action.decode().rpartition('"_id":"')[2].removesuffix('"}}')
        if name in self.seq_nos:
            return {"status": 409, "error": {"type": "version_conflict_engine_exception"}}
        self.seq_nos[name] = len(self.seq_nos)
        return {"status": 201, "_seq_no": self.seq_nos[name]}

    def _read(self, names: list[str]) -> Answer:
        if not self.is_readable:
            return Answer({"error": {"type": "no_shard_available_action_exception", "reason": "none"}}, 503)
        return Answer({"docs": [{"_id": name, "found": True, "_seq_no": self.seq_nos[name]} for name in names]})


@pytest.fixture
def markers() -> Markers:
    return Markers()


@pytest.fixture
def client(markers: Markers) -> Iterator[Elasticsearch]:
    with stand_in(markers.answer) as url, connect(Connection((url,), timeout_s=ANSWER_S)) as client:
        yield client


def recorder_on(client: Elasticsearch) -> Recorder:
    names = Names()
    return Recorder(client, names, Positions(client, names.requests), Freshness(client), "writer")


def request(name: str) -> Request:
    return Request(name, Frame("traces", "protobuf", 1, b""), tables())


def test_a_marker_whose_answer_was_late_is_asked_for_again(
    markers: Markers, client: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the first answer was waited for: the sender would send what is there already."""
    monkeypatch.setattr(recorder, "IN_DOUBT_S", ANSWER_S / 2)
    markers.late_s = 3 * ANSWER_S
    assert recorder_on(client).commit([request("a")], {}) == [position_of(0)]
    assert markers.bulks == 2


def test_a_marker_that_cannot_be_read_fails_no_other(markers: Markers, client: Elasticsearch) -> None:
    """Of the two requests one was recorded before: where it is, is not known now; the other is recorded."""
    markers.seq_nos["old"] = 0
    markers.is_readable = False
    old, new = recorder_on(client).commit([request("old"), request("new")], {})
    assert isinstance(old, Unavailable)
    assert new == position_of(1)
