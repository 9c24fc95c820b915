"""How every store must find the records that carry a join key: find_joined."""

import json
from random import Random
from typing import Any

import pytest

from correlator import semconv
from correlator.model.tables import Tables
from correlator.store.contract import Store
from correlator.store.memory import MemoryStore
from tests.conformance.records import SECOND, T0, log, span, span_id, tables, trace_id
from tests.conformance.stores import Settle, leave, put, rows

EVER = (0, 2**62)


def carrying(**given: Any) -> str:
    """Attributes with join keys: an execution, a job, hashes of payloads."""
    names = {"execution": semconv.N8N_EXECUTION_ID, "job": semconv.JOB_ID, "payloads": semconv.PAYLOAD_HASH}
    return json.dumps({"n": 1} | {names[name]: value for name, value in given.items()})


def bodies(found: Tables) -> list[str]:
    return sorted(found.logs["body"].to_pylist())


def span_ids(found: Tables) -> list[bytes]:
    return sorted(found.spans["span_id"].to_pylist())


def ids(*numbers: int) -> list[bytes]:
    return sorted(span_id(number) for number in numbers)


def test_spans_and_logs_of_a_key_are_found(store: Store, settle: Settle) -> None:
    """Whole rows, over requests and traces; also logs that know no trace."""
    spans = tables([span(trace_id(n), n, attributes=carrying(execution=str(n % 2))) for n in range(4)])
    logs = tables(
        logs=[log(n, (n % 3 and trace_id(n)) or None, attributes=carrying(execution=str(n))) for n in range(4)]
    )
    at_spans, at_logs = put(store, settle, spans), put(store, settle, logs)
    put(store, settle, tables([span(trace_id(9), 9)], [log(9)]))
    found = store.find_joined(["execution:0"], *EVER, 10)
    assert rows(found.spans) == spans.at(at_spans).spans.to_pylist()[::2]
    assert rows(found.logs) == logs.at(at_logs).logs.to_pylist()[:1]
    assert found.metrics.num_rows == 0
    assert (found.spans.schema, found.logs.schema) == (spans.spans.schema, logs.logs.schema)


def test_links_make_a_key_of_the_trace_they_lead_to(store: Store, settle: Settle) -> None:
    """So the trace that a queue broke is found from its other end."""
    link = json.dumps([{"trace_id": trace_id(1).hex(), "span_id": span_id(1).hex(), "attributes": {}}])
    put(store, settle, tables([span(trace_id(1), 1), span(trace_id(2), 2, links=link)]))
    assert span_ids(store.find_joined([f"trace:{trace_id(1).hex()}"], *EVER, 10)) == ids(2)


def test_a_record_with_several_keys_is_given_once(store: Store, settle: Settle) -> None:
    """However many of its keys are asked for, and however often; others are found by one of them."""
    put(store, settle, tables([span(trace_id(1), 1, attributes=carrying(job="a", payloads=["p", "q", "p"]))]))
    put(
        store,
        settle,
        tables([span(trace_id(2), 2, attributes=carrying(job="a"))], [log(3, attributes=carrying(payloads="q"))]),
    )
    put(store, settle, tables([span(trace_id(4), 4, attributes=carrying(job="b"))]))
    found = store.find_joined(["job:a", "payload:p", "payload:q", "job:a"], *EVER, 10)
    assert span_ids(found) == ids(1, 2)
    assert bodies(found) == ["message 3"]
    assert store.find_joined(["payload:p"], *EVER, 1).num_rows == 1


@pytest.mark.parametrize("keys", [[], ["job:b"], ["job:"], ["a"], [""], ["execution:a", "JOB:a", "job:é\ud7ff"]])
def test_what_nobody_carries_is_empty(store: Store, settle: Settle, keys: list[str]) -> None:
    """Absence is a normal answer, with the right schemas, also where the store is empty."""
    assert store.find_joined(keys, *EVER, 10).num_rows == 0
    put(store, settle, tables([span(trace_id(1), 1, attributes=carrying(job="a"))], [log(1)]))
    found = store.find_joined(keys, *EVER, 10)
    assert (found, found.num_rows) == (Tables(), 0)


def test_the_window_is_half_open(store: Store, settle: Settle) -> None:
    """[start, end) on a span's start and a log's time."""
    for number in range(5):
        attributes = carrying(execution="7")
        put(store, settle, tables([span(trace_id(number), number, attributes=attributes)]))
        put(store, settle, tables(logs=[log(number, attributes=attributes)]))
    found = store.find_joined(["execution:7"], T0 + SECOND, T0 + 3 * SECOND, 10)
    assert span_ids(found) == ids(1, 2)
    assert bodies(found) == ["message 1", "message 2"]
    assert store.find_joined(["execution:7"], T0 + SECOND, T0 + SECOND, 10).num_rows == 0


def test_of_too_many_the_first_and_one_more_are_given(store: Store, settle: Settle) -> None:
    """By time, spans and logs together; a key with few is whole beside it."""
    many, few = carrying(execution="1"), carrying(execution="2")
    for number in (5, 3, 1, 7):
        put(store, settle, tables([span(trace_id(number), number, attributes=many)]))
        put(store, settle, tables(logs=[log(number + 1, attributes=many)]))
    put(store, settle, tables(logs=[log(90, attributes=few), log(91, attributes=few)]))
    found = store.find_joined(["execution:1", "execution:2"], *EVER, 4)
    assert span_ids(found) == ids(1, 3, 5)
    assert bodies(found) == ["message 2", "message 4", "message 90", "message 91"]
    assert store.find_joined(["execution:1"], *EVER, 8).num_rows == 8
    assert store.find_joined(["execution:1"], T0 + 3 * SECOND, EVER[1], 1).spans["span_id"].to_pylist() == [span_id(3)]


def test_records_of_one_moment_are_ordered_by_id_then_by_position(store: Store, settle: Settle) -> None:
    """Those without a trace id come last, and the answer is the same whatever order they came in."""
    attributes = carrying(job="x")
    for number in range(6):
        put(store, settle, tables([span(trace_id(number), number, start_time_unix_nano=T0, attributes=attributes)]))
        put(store, settle, tables(logs=[log(number, time_unix_nano=T0, attributes=attributes)]))
    in_order = [bytes_of for _, bytes_of in sorted((trace_id(number), span_id(number)) for number in range(6))]
    assert span_ids(store.find_joined(["job:x"], *EVER, 2)) == sorted(in_order[:3])
    found = store.find_joined(["job:x"], *EVER, 8)
    assert span_ids(found) == sorted(in_order)
    assert bodies(found) == ["message 0", "message 1", "message 2"]


def test_a_span_sent_twice_counts_as_it_is_read(store: Store, settle: Settle) -> None:
    """Only the version that is kept tells keys and time; the limit counts it once."""
    for number, (job, end) in enumerate((("old", 10), ("new", 20), ("late", 15), ("new", 20))):
        given = {
            "start_time_unix_nano": T0 + number * SECOND,
            "end_time_unix_nano": T0 + end,
            "attributes": carrying(job=job),
        }
        put(store, settle, tables([span(trace_id(1), 1, **given)]))
    assert [store.find_joined([f"job:{job}"], *EVER, 1).num_rows for job in ("old", "late")] == [0, 0]
    kept = store.read_trace(trace_id(1)).spans
    assert store.find_joined(["job:new", "job:old"], *EVER, 1).spans == kept
    start = kept["start_time_unix_nano"][0].as_py()
    assert store.find_joined(["job:new"], start, start + 1, 1).num_rows == 1
    assert store.find_joined(["job:new"], start + 1, EVER[1], 1).num_rows == 0


def test_found_is_what_the_reference_finds(store: Store, settle: Settle) -> None:
    """Generated records with shared and lone keys, doubles, any window and limit, settled now and then."""
    random, reference = Random(11), MemoryStore()
    for _ in range(14):
        records = generated(random)
        put(reference, leave, records)
        put(store, settle if random.random() < 0.7 else leave, records)
    for _ in range(60):
        keys = [random_key(random) for _ in range(random.randint(1, 5))]
        start = T0 + random.randrange(-5, 60) * SECOND
        asked = (keys, start, start + random.randrange(60) * SECOND, random.choice((0, 1, 3, 10, 100)))
        assert same(store.find_joined(*asked), reference.find_joined(*asked)), asked


def generated(random: Random) -> Tables:
    """A few spans, some of which come again otherwise, and logs; half of them carry keys."""
    spans = [
        span(
            trace_id(number // 3),
            number,
            start_time_unix_nano=T0 + random.randrange(50) * SECOND,
            end_time_unix_nano=T0 + random.randrange(50, 53) * SECOND,
            attributes=random_attributes(random),
        )
        for number in random.choices(range(60), k=8)
    ]
    return tables(spans, [log(random.randrange(50), attributes=random_attributes(random)) for _ in range(4)])


def random_attributes(random: Random) -> str:
    few = {
        "execution": str(random.randrange(3)),
        "job": f"j{random.randrange(20)}",
        "payloads": ["a", random.choice("bc")],
    }
    return carrying(**{name: value for name, value in few.items() if random.random() < 0.3})


def random_key(random: Random) -> str:
    return random.choice(
        (f"execution:{random.randrange(4)}", f"job:j{random.randrange(22)}", f"payload:{random.choice('abcd')}")
    )


def same(one: Tables, other: Tables) -> bool:
    """But for their positions, which each store counts in its own way, in one order."""

    def told(found: Tables) -> list[dict[str, Any]]:
        return [{**row, "position": 0} for row in rows(found.spans) + rows(found.logs)]

    return told(one) == told(other)
