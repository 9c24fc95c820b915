"""Python values to Arrow arrays, without a copy per element where that is possible."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

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


def terms(values: Sequence[str]) -> pa.Array:
    """Text of few distinct values, dictionary-encoded."""
    return pa.array(values, pa.string()).dictionary_encode()


def repeated_terms(values: Sequence[str], counts: Sequence[int]) -> pa.Array:
    """`values[i]` for `counts[i]` rows, dictionary-encoded."""
    codes = {value: code for code, value in enumerate(dict.fromkeys(values))}
    indices = np.repeat(np.array([codes[value] for value in values], dtype=np.int32), counts)
    return pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(list(codes), pa.string()))


def table(schema: pa.Schema, columns: dict[str, pa.Array]) -> pa.Table:
    """The columns in the schema's order."""
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def constant(value: int, kind: pa.DataType, count: int) -> pa.Array:
    """`value` in `count` rows."""
    return pa.repeat(pa.scalar(value, kind), count)
