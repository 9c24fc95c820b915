"""Mutated bodies: decode accepts and refuses as protobuf does, reads the same values, and survives any JSON."""

import os
import random
import re
from typing import Any

import pyarrow as pa
from google.protobuf.message import DecodeError

from correlator.doors.otlp_decode import decode
from correlator.errors import InvalidInput
from correlator.model.limits import Limits
from correlator.model.tables import Tables
from correlator.store.contract import Frame
from tests.property.mutations import MUTATIONS, REQUESTS, mutated_bodies
from tests.property.otlp_oracle import comparable, expected, rows_of, system_by_name
from tests.property.otlp_requests import as_otlp_json

ARRIVAL = 1_795_234_200_000_000_000
BODIES = int(os.environ.get("CORRELATOR_FUZZ_BODIES", "3000"))
LIMITS = Limits(attributes_per_record=12, value_bytes=64, nesting_depth=4)
FEW = 4  # records: less than some of the bodies have


def test_mutated_bodies_are_read_as_protobuf_reads_them() -> None:
    """Same answer and same values for every body; at least a tenth is accepted and a tenth refused."""
    accepted = sum(_agrees(signal, body) for signal, body in mutated_bodies(seed=20_26, count=BODIES))
    assert BODIES * 0.1 < accepted < BODIES * 0.9


def test_records_of_mutated_bodies_are_counted_as_protobuf_parses_them() -> None:
    """Refused for their number when there are more of one level than the limit, and only then; some of both are among them."""
    refused = sum(_is_refused_for_its_number(signal, body) for signal, body in mutated_bodies(seed=11, count=BODIES))
    assert BODIES * 0.1 < refused < BODIES * 0.9


def test_mutated_json_is_decoded_or_refused() -> None:
    """Nothing but InvalidInput comes out, whatever bytes of a JSON body change; some of both kinds are among them."""
    chance = random.Random(2026)
    frames = [_json_frame(signal, body, chance) for signal, body in mutated_bodies(seed=7, count=BODIES)]
    refused = sum(_is_refused(frame) for frame in frames if frame is not None)
    assert 0 < refused < BODIES


def _json_frame(signal: str, body: bytes, chance: random.Random) -> Frame | None:
    """The body as OTLP/JSON with one mutation; None where protobuf does not read it."""
    try:
        payload = as_otlp_json(REQUESTS[signal].FromString(body))
    except DecodeError:
        return None
    return Frame(signal, "json", ARRIVAL, chance.choice((*MUTATIONS, _swap_tokens))(payload, chance))


def _swap_tokens(payload: bytes, chance: random.Random) -> bytes:
    """Another value in the place of one: of the wrong type more often than not."""
    tokens = re.split(rb"([:,\[\]{}])", payload)
    at = chance.randrange(len(tokens))
    tokens[at] = chance.choice(
        (b"null", b"-1", b"1e400", b"18446744073709551616", b'"x"', b"[]", b"{}", b"true", b"0.5")
    )
    return b"".join(tokens)


def _agrees(signal: str, body: bytes) -> bool:
    """Whether protobuf accepts the body; asserts that decode says the same of it."""
    frame = Frame(signal, "protobuf", ARRIVAL, body)
    try:
        request = REQUESTS[signal].FromString(body)
    except DecodeError:
        assert _is_refused(frame), body.hex()
        return False
    decoded = decode(frame, LIMITS, system_by_name)
    answer = expected(signal, request, LIMITS, ARRIVAL)
    assert {it.reason: it.count for it in decoded.rejections} == answer.rejected, body.hex()
    assert comparable(rows_of(_table(decoded.tables, signal))) == comparable(answer.rows), body.hex()
    return True


def _is_refused_for_its_number(signal: str, body: bytes) -> bool:
    """Whether protobuf accepts the body and decode does not; asserts that its number of records says so."""
    try:
        most = max(_levels(REQUESTS[signal].FromString(body), signal))
    except DecodeError:
        return False
    is_refused = _is_refused(Frame(signal, "protobuf", ARRIVAL, body), Limits(records_per_request=FEW))
    assert is_refused == (most > FEW), body.hex()
    return is_refused


def _levels(request: Any, signal: str) -> list[int]:
    """How many resources, scopes, records and, of metrics, data points."""
    name = {"traces": "spans", "logs": "logs", "metrics": "metrics"}[signal]
    resources = getattr(request, f"resource_{name}")
    scopes = [scope for resource in resources for scope in getattr(resource, f"scope_{name}")]
    records = [it for scope in scopes for it in getattr(scope, "log_records" if signal == "logs" else name)]
    kinds = [(it, it.WhichOneof("data")) for it in records] if signal == "metrics" else []
    points = [point for it, kind in kinds if kind for point in getattr(it, kind).data_points]
    return [len(resources), len(scopes), len(records), len(points)]


def _table(tables: Tables, signal: str) -> pa.Table:
    return {"traces": tables.spans, "logs": tables.logs, "metrics": tables.metrics}[signal]


def _is_refused(frame: Frame, limits: Limits = LIMITS) -> bool:
    try:
        decode(frame, limits, system_by_name)
    except InvalidInput:
        return True
    return False
