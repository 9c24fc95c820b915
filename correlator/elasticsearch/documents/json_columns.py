"""Arrow columns as JSON text, whole columns at once. A null stays null."""

from json.encoder import encode_basestring as quote
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NEEDS_ESCAPE: Final = r'["\\\x00-\x1f]'  # RFC 8259, section 7
MILLI: Final = 1_000_000  # nanoseconds
Texts: TypeAlias = pa.StringArray


def quoted(texts: Texts) -> Texts:
    """JSON strings."""
    if pc.any(pc.match_substring_regex(texts, NEEDS_ESCAPE)).as_py():
        return pa.array([None if text is None else quote(text) for text in texts.to_pylist()], pa.string())
    return wrapped('"', texts, '"')


def hex_texts(identifiers: pa.FixedSizeBinaryArray) -> Texts:
    """Lowercase hex, two digits a byte."""
    width, count = identifiers.type.byte_width, len(identifiers)
    if count == 0:
        return pa.array([], pa.string())
    content = memoryview(identifiers.buffers()[1])[identifiers.offset * width :][: count * width]
    ends = np.arange(count + 1, dtype=np.int32) * (2 * width)
    texts = pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(content.hex().encode()))
    return pc.if_else(pc.is_valid(identifiers), texts, None) if identifiers.null_count else texts


def number_texts(numbers: pa.Array) -> Texts:
    """Integers and booleans, which JSON spells as Arrow does."""
    return pc.cast(numbers, pa.string())


def double_texts(numbers: pa.DoubleArray) -> Texts:
    """JSON numbers; NaN and the infinities as the strings "NaN", "Infinity", "-Infinity"."""
    texts = pc.cast(numbers, pa.string())
    texts = pc.if_else(pc.equal(texts, "-0"), "-0.0", texts)  # a parser takes it for the integer 0
    if pc.all(pc.is_finite(numbers)).as_py() is not False:
        return texts
    named = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}
    return pa.array([named.get(text, text) for text in texts.to_pylist()], pa.string())


def time_texts(unix_nano: pa.Int64Array) -> Texts:
    """`"milliseconds.nanoseconds"`, as the Collector writes a time: epoch_millis with six places."""
    milliseconds = pc.divide(unix_nano, MILLI)
    rest = pc.subtract(unix_nano, pc.multiply(milliseconds, MILLI))
    places = pc.utf8_lpad(number_texts(rest), 6, "0")
    return pc.binary_join_element_wise('"', number_texts(milliseconds), ".", places, '"', "")


def time_text(unix_nano: int) -> str:
    """The same of one time."""
    milliseconds, rest = divmod(unix_nano, MILLI)
    return f'"{milliseconds}.{rest:06}"'


def field(name: str, texts: Texts) -> Texts:
    """`,"name":text`; null where the text is."""
    return pc.binary_join_element_wise(f',"{name}":', texts, "")


def joined(*parts: Texts | str) -> Texts:
    """The parts of each row, one after another; those that are null are left out."""
    return pc.binary_join_element_wise(*parts, "", null_handling="skip")


def wrapped(before: str, texts: Texts, after: str) -> Texts:
    """Each text between two others; null where it is."""
    return pc.binary_join_element_wise(before, texts, after, "")


def only(condition: pa.BooleanArray, values: pa.Array) -> pa.Array:
    """`values` where the condition holds, null elsewhere."""
    return pc.if_else(condition, values, None)
