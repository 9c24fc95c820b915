"""Which traces share a key with another: only those are looked at record by record."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.correlate.stitch.join_keys import PAYLOAD, TRACE

COMMON_PAYLOAD_TRACES: Final = 500
"""A payload that more traces carry ("{\"ping\":true}" of a monitor) tells nothing of who sent it, and would cost a
comparison of each with each."""


@dataclass(frozen=True, slots=True)
class SharedKeys:
    """`trace_ids` (binary(16), no nulls) share a key with another trace, link to one, or have a loose log that shares one.

    `linked` are those of them that others link to, `span_ids` (binary(8)) the spans in them that carry any key, or a log
    record of theirs does. `logs` are the KEYED rows of the log records that carry a shared key, `payloads` the hashes
    among them.
    """

    trace_ids: pa.Array
    linked: pa.Array
    span_ids: pa.Array
    logs: pa.Table
    payloads: frozenset[str]


def shared_keys(keys: pa.Table) -> SharedKeys:
    """What of a KEYED table may join traces."""
    coded = keys["key"].combine_chunks().dictionary_encode()
    names: pa.Array = coded.dictionary
    key_codes = coded.indices.to_numpy()  # (rows,)
    trace_codes = _codes(keys["trace_id"])  # (rows,), -1 where there is no trace
    is_shared = _is_shared(names, key_codes, trace_codes)  # (distinct keys,)
    sharing = keys.filter(pa.array(is_shared[key_codes]))
    linked = _linked(sharing)
    trace_ids = pc.unique(pa.concat_arrays([pc.drop_null(sharing["trace_id"].combine_chunks()), linked]))
    return SharedKeys(
        trace_ids=trace_ids,
        linked=linked,
        span_ids=keys["span_id"].filter(pc.is_in(keys["trace_id"], value_set=trace_ids)).combine_chunks(),
        logs=sharing.filter(pc.equal(sharing["signal"], "logs")),
        payloads=_payloads(names.filter(pa.array(is_shared))),
    )


def _codes(trace_ids: pa.ChunkedArray) -> np.ndarray:
    codes: np.ndarray = trace_ids.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    return codes


def _is_shared(names: pa.Array, key_codes: np.ndarray, trace_codes: np.ndarray) -> np.ndarray:
    """Keys of more than one trace, or of a trace and a loose record; links to other traces; no common payloads."""
    is_shared: np.ndarray = pc.starts_with(names, TRACE).to_numpy(zero_copy_only=False).copy()
    any_trace = np.zeros(len(names), dtype=np.int64)
    any_trace[key_codes] = trace_codes
    is_shared[key_codes[trace_codes != any_trace[key_codes]]] = True
    is_shared[_common_payloads(names, key_codes, trace_codes)] = False
    return is_shared


def _common_payloads(names: pa.Array, key_codes: np.ndarray, trace_codes: np.ndarray) -> np.ndarray:
    """Codes of the payloads of more than COMMON_PAYLOAD_TRACES traces."""
    is_payload = pc.starts_with(names, PAYLOAD).to_numpy(zero_copy_only=False)[key_codes]
    pairs = np.unique(np.column_stack([key_codes[is_payload], trace_codes[is_payload]]), axis=0)
    codes, traces = np.unique(pairs[:, 0], return_counts=True)
    return codes[traces > COMMON_PAYLOAD_TRACES]


def _linked(sharing: pa.Table) -> pa.Array:
    """The traces that links lead to."""
    linked = pc.unique(sharing["key"].filter(pc.starts_with(sharing["key"], TRACE))).to_pylist()
    return pa.array([bytes.fromhex(key.removeprefix(TRACE)) for key in linked], pa.binary(16))


def _payloads(names: pa.Array) -> frozenset[str]:
    return frozenset(name.removeprefix(PAYLOAD) for name in names.to_pylist() if name.startswith(PAYLOAD))
