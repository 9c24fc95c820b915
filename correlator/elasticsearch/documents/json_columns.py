"""Arrow columns as JSON text, whole columns at once: parts of documents, which `joined` puts together row by row.

A call of Arrow costs tens of microseconds however few rows there are, a column of one value nothing: parts that are the same
in every row are plain texts.
"""

from itertools import groupby
from json.encoder import encode_basestring as quote
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NEEDS_CARE: Final = r'["\\\x00-\x1f]|^$'  # RFC 8259, section 7; and a text that is empty
MILLI: Final = 1_000_000  # nanoseconds
Texts: TypeAlias = pa.StringArray
Parts: TypeAlias = list[Texts | str]
"""Of each document one after another; a null says nothing."""


def strings(name: str, texts: Texts, *, keeps_empty: bool = True, within: str | None = None) -> Parts:
    """A field of JSON strings, left out where null; `within` an object of its own."""
    if texts.null_count == len(texts):
        return []
    before, after = (f',"{within}":{{"{name}":', "}") if within else (f',"{name}":', "")
    if pc.any(pc.match_substring_regex(texts, NEEDS_CARE)).as_py():
        written = [None if text is None or not (text or keeps_empty) else quote(text) for text in texts.to_pylist()]
        return _optional(before, pa.array(written, pa.string()), after)
    return _optional(f'{before}"', texts, f'"{after}')


def values(name: str, texts: Texts) -> Parts:
    """A field of JSON values, left out where null."""
    return _optional(f',"{name}":', texts, "")


def numbers(name: str, column: pa.Array) -> Parts:
    """A field of integers or booleans, which JSON spells as Arrow does; left out where null."""
    if column.null_count == len(column):
        return []
    first = column[0]
    if column.null_count == 0 and (column.to_numpy(zero_copy_only=False) == first.as_py()).all():
        return [f',"{name}":{str(first.as_py()).lower()}']
    return values(name, number_texts(column))


def identifiers(name: str, column: pa.FixedSizeBinaryArray) -> Parts:
    """A field of ids in lowercase hex, left out where null."""
    return [] if column.null_count == len(column) else _optional(f',"{name}":"', hex_texts(column), '"')


def times(name: str, unix_nano: pa.Int64Array) -> Parts:
    """A field of times, left out where null, each `"milliseconds.nanoseconds"`, as the Collector writes it."""
    if unix_nano.null_count == len(unix_nano):
        return []
    return _optional(f',"{name}":"', _milliseconds(unix_nano), '"')


def time_text(unix_nano: int) -> str:
    """One time as `times` writes it."""
    milliseconds, rest = divmod(unix_nano, MILLI)
    return f'"{milliseconds}.{rest:06}"'


def joined(parts: Parts) -> Texts:
    """The parts of each row, one after another. At least one is a column."""
    merged: Parts = []
    for is_same, run in groupby(parts, key=lambda part: isinstance(part, str)):
        some = list(run)
        merged += ["".join(some)] if is_same else some
    return pc.binary_join_element_wise(*merged, "", null_handling="skip")


def hex_texts(column: pa.FixedSizeBinaryArray) -> Texts:
    """Two digits a byte."""
    width, count = column.type.byte_width, len(column)
    content = memoryview(column.buffers()[1])[column.offset * width :][: count * width]
    ends = np.arange(count + 1, dtype=np.int32) * (2 * width)
    texts = pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(content.hex().encode()))
    return only(pc.is_valid(column), texts) if column.null_count else texts


def number_texts(column: pa.Array) -> Texts:
    return pc.cast(column, pa.string())


def double_texts(column: pa.DoubleArray) -> Texts:
    """JSON numbers; NaN and the infinities as the strings "NaN", "Infinity", "-Infinity"."""
    texts = pc.cast(column, pa.string())
    texts = pc.if_else(pc.equal(texts, "-0"), "-0.0", texts)  # a parser takes it for the integer 0
    if pc.all(pc.is_finite(column)).as_py() is not False:
        return texts
    named = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}
    return pa.array([named.get(text, text) for text in texts.to_pylist()], pa.string())


def wrapped(before: str, texts: Texts, after: str) -> Texts:
    """Each text between two others; null where it is."""
    return pc.binary_join_element_wise(before, texts, after, "")


def only(condition: pa.BooleanArray, column: pa.Array) -> pa.Array:
    """The column where the condition holds, null elsewhere."""
    return pc.if_else(condition, column, None)


def _optional(before: str, texts: Texts, after: str) -> Parts:
    if texts.null_count == 0:
        return [before, texts, after]
    return [wrapped(before, texts, after)] if texts.null_count < len(texts) else []


def _milliseconds(unix_nano: pa.Int64Array) -> Texts:
    """`milliseconds.nanoseconds`: the digits with a point before the last six."""
    digits = number_texts(unix_nano)
    if pc.min(unix_nano).as_py() < MILLI:
        digits = pc.utf8_lpad(digits, 7, "0")
    return pc.utf8_replace_slice(digits, -6, -6, ".")
