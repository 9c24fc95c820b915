"""Python values to Arrow arrays, without a copy per element where that is possible."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from correlator.model.tables import TERM

INT64_MAX: Final = 2**63 - 1


def identifiers(values: Sequence[bytes | None], width: int) -> pa.Array:
    """Ids of `width` bytes; None becomes null."""
    missing = bytes(width)
    content = b"".join([value or missing for value in values])
    validity = None
    if None in values:
        is_given = np.fromiter((value is not None for value in values), dtype=bool, count=len(values))
        validity = pa.py_buffer(np.packbits(is_given, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.binary(width), len(values), [validity, pa.py_buffer(content)])


def unsigned(values: Sequence[int]) -> pa.Array:
    """uint64 values as int64; those that it cannot hold become its greatest."""
    return pa.array(np.minimum(np.array(values, dtype=np.uint64), INT64_MAX).astype(np.int64))


def terms(values: Sequence[str | None]) -> pa.Array:
    """Text of few distinct values, dictionary-encoded."""
    return pa.array(values, pa.string()).dictionary_encode()


def rare_terms(values: Sequence[str | None]) -> pa.Array:
    """The same of what is null nearly everywhere."""
    return terms(values) if any(values) else pa.nulls(len(values), TERM)


def repeated_terms(values: Sequence[str | None], counts: Sequence[int]) -> pa.Array:
    """`values[i]` for `counts[i]` rows, dictionary-encoded."""
    given = [value for value in dict.fromkeys(values) if value is not None]
    if not given:
        return pa.nulls(sum(counts), TERM)
    codes: dict[str | None, int] = {value: code for code, value in enumerate(given)}
    indices = np.repeat(np.array([codes.get(value, 0) for value in values], dtype=np.int32), counts)
    is_missing = np.repeat([value is None for value in values], counts) if None in values else None
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=is_missing), pa.array(given, pa.string()))


def table(schema: pa.Schema, columns: dict[str, pa.Array]) -> pa.Table:
    """The columns in the schema's order."""
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def constant(value: int, kind: pa.DataType, count: int) -> pa.Array:
    """`value` in `count` rows."""
    return pa.repeat(pa.scalar(value, kind), count)
