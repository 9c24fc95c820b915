"""The same OTLP bytes through the Collector's Elasticsearch exporter and through ours: every difference has a reason.

A difference that is not in the list fails, and one in the list that does not occur fails too.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

import httpx
import pytest
from elasticsearch import Elasticsearch

from correlator.doors.otlp_decode import decode
from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.documents import bulk_body, documents_of
from correlator.elasticsearch.setup import apply, plan
from correlator.model.limits import Limits
from correlator.store.contract import Frame
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH, own_elasticsearch
from tests.e2e.peers import scripts
from tests.elastic.collector_to_elasticsearch import collector_to_elasticsearch
from tests.elastic.every_kind_of_record import REQUESTS, START
from tests.elastic.prepared import RETENTION_S

pytestmark = [pytest.mark.skipif(scripts() is None, reason=WHY_NO_ELASTICSEARCH), pytest.mark.timeout(300)]

THEIRS: Final = Names()  # where the Collector writes
OURS: Final = Names(dataset="ours")


@dataclass(frozen=True, slots=True)
class Difference:
    """Of documents of one kind, at the paths of a pattern (`*` is any text), and why. `case` is one record's; any by default."""

    kind: str  # span | event | log | metric
    path: str
    reason: str
    case: str = "*"


ONLY_OURS: Final = "what the engine finds a record by, and reads it back exactly"
JSON_MAPPING: Final = (
    "our tables hold values as protobuf's JSON mapping has them: bytes as base64, NaN and infinities as texts"
)
DIFFERENCES: Final = (
    *(Difference(kind, "correlator.*", ONLY_OURS) for kind in ("span", "event", "log", "metric")),
    *(
        Difference(kind, "data_stream.dataset", "the test keeps them apart")
        for kind in ("span", "event", "log", "metric")
    ),
    Difference("span", "links", "an empty list says nothing: we leave it out"),
    *(
        Difference(kind, f"attributes.{name}", JSON_MAPPING, "all attributes")
        for kind in ("span", "log")
        for name in ("nan", "infinity", "bytes")
    ),
    Difference("log", "body.text", JSON_MAPPING, "bytes"),
    Difference("span", "attributes.twice", "of a key given twice the last counts here, the first there", "a key twice"),
    Difference(
        "span",
        "duration",
        "theirs wraps around as an unsigned number, which no long field takes",
        "ends before it starts",
    ),
    Difference("span", "@timestamp", "no time was given: that of arrival stands in, for 1970", "no times"),
    *(
        Difference("log", "body.text", "a structured body is there as text too, so that `message` finds it", case)
        for case in ("a map", "a list", "a list of maps")
    ),
    *(
        Difference(
            "log", "body.text", "our tables hold a body as text; theirs is a number or boolean in a text field", case
        )
        for case in ("an integer", "a double", "a boolean")
    ),
    Difference("log", "event_name", "theirs takes it from the attribute, which both have", "event by an attribute"),
    Difference(
        "event", "attributes.event.name", "theirs is the event's name, whatever was sent; ours what was sent", "named"
    ),
    Difference("log", "observed_timestamp", "the same time with six places", "never observed"),
    Difference(
        "metric",
        "_metric_names_hash",
        "theirs joins points of one time into a document, and tells such documents apart by it",
    ),
    Difference("metric", "@timestamp", "theirs has milliseconds, which a time series needs; ours nanoseconds"),
    Difference("metric", "start_timestamp", "theirs has milliseconds; ours nanoseconds"),
    Difference(
        "metric",
        "metrics.spread.*",
        "theirs has midpoints of buckets; ours sum and count, and the buckets exactly",
        "spread",
    ),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A field that differs. MISSING stands for a field that is not there."""

    kind: str
    case: str
    path: str
    theirs: Any
    ours: Any


MISSING: Final = "(missing)"
Documents = dict[tuple[str, str], dict[str, Any]]  # by kind and case: the leaves


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Found]]:
    """All differences."""
    with own_elasticsearch() as server, connect(Connection((server.url,), timeout_s=120)) as client:
        for names in (THEIRS, OURS):
            apply(client, plan(client, names, RETENTION_S))
        with collector_to_elasticsearch(tmp_path_factory.mktemp("collector"), server.url) as door:
            for signal, request in REQUESTS.items():
                assert httpx.post(f"{door}/v1/{signal}", json=request, timeout=30).status_code == 200
        for signal, request in REQUESTS.items():
            write_ours(client, signal, json.dumps(request).encode())
        theirs, ours = read(client, THEIRS), read(client, OURS)
        assert theirs.keys() == ours.keys()
        yield [each for key in theirs for each in differences(*key, theirs[key], ours[key])]


def test_every_difference_from_the_collectors_documents_has_its_reason(found: list[Found]) -> None:
    """Whoever changes the shape of a document says so in the list."""
    unexplained = [each for each in found if not any(explains(one, each) for one in DIFFERENCES)]
    assert not unexplained, "\n".join(map(str, unexplained))


def test_every_listed_difference_occurs(found: list[Found]) -> None:
    """The list says nothing that is no more."""
    gone = [one for one in DIFFERENCES if not any(explains(one, each) for each in found)]
    assert not gone, "\n".join(map(str, gone))


def explains(one: Difference, each: Found) -> bool:
    return one.kind == each.kind and fnmatchcase(each.case, one.case) and fnmatchcase(each.path, one.path)


def write_ours(client: Elasticsearch, signal: str, payload: bytes) -> None:
    tables = decode(Frame(signal, "json", START, payload), Limits(), lambda *_: "bridge").tables
    answer = client.bulk(operations=bulk_body(documents_of(tables, signal, OURS), OURS), require_data_stream=True)  # type: ignore[arg-type]
    assert not answer["errors"], answer


def read(client: Elasticsearch, names: Names) -> Documents:
    documents: Documents = {}
    for signal in REQUESTS:
        client.indices.refresh(index=names.stream(signal))
        for hit in client.search(index=names.stream(signal), size=1_000)["hits"]["hits"]:
            source = json.loads(hit.source)
            key = key_of(signal, source)
            assert key not in documents
            documents[key] = dict(leaves(source))
    return documents


def key_of(signal: str, source: dict[str, Any]) -> tuple[str, str]:
    """Events carry no case: they are known by their names."""
    case = source.get("attributes", {}).get("case")
    if case is None:
        return "event", {START + 1: "exception", START + 2: "other", START + 3: "named", START + 4: "no name"}[
            nano(source)
        ]
    return {"traces": "span", "logs": "log", "metrics": "metric"}[signal], case


def nano(source: dict[str, Any]) -> int:
    milliseconds, _, fraction = str(source["@timestamp"]).partition(".")
    return int(milliseconds) * 10**6 + int(fraction.ljust(6, "0"))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path and value of everything below; an empty list or object is a leaf of its own, but for one that has no path."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None or (not value and path):
        yield path, value
        return
    for name, each in inner:
        yield from leaves(each, f"{path}.{name}" if path else str(name))


def differences(kind: str, case: str, theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[Found]:
    for path in sorted({*theirs, *ours}):
        pair = theirs.get(path, MISSING), ours.get(path, MISSING)
        if pair[0] != pair[1] or isinstance(pair[0], bool) is not isinstance(pair[1], bool):
            yield Found(kind, case, path, *pair)
