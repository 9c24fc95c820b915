"""The function that the doors and replay call."""

from dataclasses import dataclass

from correlator.doors.admit import admit
from correlator.doors.otlp_decode import lean_protobuf, otlp_json, record_limit
from correlator.doors.otlp_decode.attribute_texts import AttributeTexts
from correlator.doors.otlp_decode.batch import SIGNALS, Batch
from correlator.doors.otlp_decode.senders import SystemOf
from correlator.errors import InvalidInput
from correlator.model.limits import Limits, Rejection
from correlator.model.tables import Tables
from correlator.store.contract import Frame

ENCODINGS = ("protobuf", "json")


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one request says. `rejections` counts the records that are not in `tables`, by reason."""

    tables: Tables
    rejections: tuple[Rejection, ...] = ()


def decode(frame: Frame, limits: Limits, system_of: SystemOf) -> Decoded:
    """The records of one OTLP request as tables of model.tables (position 0), and those that were not kept.

    Pure: the same arguments give the same answer, from any thread. `system_of(resource_attributes, scope_name)` is called
    once per resource and scope. A record over a limit or without ids is rejected and its neighbours are kept; one with odd
    times or a broken parent is kept and marked. Raises InvalidInput for bytes that are no OTLP request of the frame's
    signal and encoding, or are more records than limits.records_per_request, and nothing else, whatever the bytes.
    """
    if frame.signal not in SIGNALS or frame.encoding not in ENCODINGS:
        raise InvalidInput(
            f"signal {frame.signal!r} in encoding {frame.encoding!r} cannot be read; "
            f"send {', '.join(SIGNALS)} in {' or '.join(ENCODINGS)}"
        )
    batch = (
        _read_protobuf(frame, limits, system_of)
        if frame.encoding == "protobuf"
        else _read_json(frame, limits, system_of)
    )
    return Decoded(admit(batch.tables(frame.arrival_unix_nano), limits), batch.rejections.as_tuple())


def _read_protobuf(frame: Frame, limits: Limits, system_of: SystemOf) -> Batch:
    texts = AttributeTexts(limits, serialized=True)
    batch = Batch(SIGNALS[frame.signal], texts, system_of)
    with lean_protobuf.refusing(frame.signal, frame.payload):
        record_limit.refuse_too_many(frame.signal, frame.payload, limits.records_per_request)
        batch.read(lean_protobuf.parse(frame.signal, frame.payload))
        if batch.has_gaps or not texts.is_sure:
            lean_protobuf.confirm(frame.signal, frame.payload)
    return batch


def _read_json(frame: Frame, limits: Limits, system_of: SystemOf) -> Batch:
    batch = Batch(SIGNALS[frame.signal], AttributeTexts(limits, serialized=False), system_of)
    batch.read(otlp_json.parse(frame.signal, frame.payload, limits.records_per_request))
    return batch
