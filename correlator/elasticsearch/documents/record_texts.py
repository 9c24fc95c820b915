"""What the documents of all signals have in common, as columns of JSON text."""

from collections.abc import Callable
from dataclasses import dataclass
from json.encoder import encode_basestring as quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.elasticsearch.documents.json_columns import Parts, Texts, number_texts, numbers, only, times, values
from correlator.elasticsearch.names import Names


@dataclass(frozen=True, slots=True)
class Records:
    """Some records of one request and signal. `columns` are the table's, each in one piece."""

    signal: str
    request: str
    names: Names
    columns: dict[str, pa.Array]
    join_keys: dict[int, list[str]]  # by row; rows without any are left out

    @classmethod
    def of(cls, signal: str, request: str, names: Names, table: pa.Table, join_keys: dict[int, list[str]]) -> "Records":
        return cls(signal, request, names, {name: _in_one_piece(table[name]) for name in table.schema.names}, join_keys)

    def __getitem__(self, column: str) -> pa.Array:
        return self.columns[column]

    def terms(self, column: str, write: Callable[[str], str | None]) -> Parts:
        """What `write` makes of a dictionary-encoded column: called once for each distinct text."""
        terms = self[column]
        if terms.null_count == len(terms):
            return []
        if len(terms.dictionary) > len(terms):
            terms = terms.dictionary_decode().dictionary_encode()
        written = [None if text is None else write(text) for text in terms.dictionary.to_pylist()]
        if len(written) == 1 and terms.null_count == 0:
            return [written[0] or ""]
        return [pa.array(written, pa.string()).take(terms.indices)]

    def pairs(self, first: str, second: str, write: Callable[[str | None, str | None], str]) -> Parts:
        """What `write` makes of two dictionary-encoded columns: called once for each distinct pair."""
        one, other = self[first], self[second]
        if other.null_count == len(other):
            return self.terms(first, lambda text: write(text, None))
        width = len(other.dictionary) + 1
        codes = _codes(one).astype(np.int64) * width + _codes(other)
        if (codes == codes[0]).all():
            return [write(one[0].as_py(), other[0].as_py())]
        _, rows, places = np.unique(codes, return_index=True, return_inverse=True)
        written = [write(one[row].as_py(), other[row].as_py()) for row in rows.tolist()]
        return [pa.array(written, pa.string()).take(pa.array(places))]

    def words(self, name: str, column: str, *, keeps_empty: bool = True) -> Parts:
        """A field of JSON strings from a dictionary-encoded column."""
        return self.terms(column, lambda text: f',"{name}":{quote(text)}' if text or keeps_empty else None)

    def not_zero(self, name: str, column: str) -> Parts:
        """A field of integers, left out where 0."""
        given = self[column]
        if not given.to_numpy(zero_copy_only=False).any():
            return []
        return values(name, only(pc.not_equal(given, 0), number_texts(given)))


def opening(records: Records, time_column: str) -> Parts:
    """`{` and the data stream that it belongs to, and when it was."""
    stream = data_stream(records.signal, records.names)
    return [f"{{{stream}", *times("@timestamp", records[time_column])]


def data_stream(signal: str, names: Names) -> str:
    """The field `data_stream`, the first of a document."""
    dataset, namespace = quote(names.data_stream_dataset), quote(names.namespace)
    return f'"data_stream":{{"type":"{signal}","dataset":{dataset},"namespace":{namespace}}}'


def sender(records: Records) -> Parts:
    """`resource` and `scope`."""
    return [
        *records.pairs("resource_attributes", "resource_details", _resource),
        *records.pairs("scope_name", "scope_details", _scope),
    ]


def dropped(records: Records) -> Parts:
    """How much of each record its sender left out."""
    return records.terms("dropped_counts", lambda counts: f",{counts[1:-1]}")


def own(records: Records, *further: Texts | str) -> Parts:
    """The object `correlator`, with `further` fields at its end."""
    return [*own_opened(records), *further, "}"]


def own_opened(records: Records) -> Parts:
    """The same without its end."""
    return [
        f',"correlator":{{"request":{quote(records.request)}',
        *values("row", number_texts(records["row"])),
        *numbers("arrival", records["arrival_unix_nano"]),
        *records.not_zero("marks", "marks"),
        *records.words("system", "system"),
        *records.words("service", "service_name"),
        *records.not_zero("flags", "flags"),
    ]


def keys(records: Records) -> Parts:
    """The join keys of each record; left out where it has none."""
    if not records.join_keys:
        return []
    found = map(records.join_keys.get, records["row"].to_pylist())
    return values(
        "join_keys", pa.array([f"[{','.join(map(quote, each))}]" if each else None for each in found], pa.string())
    )


def ids(records: Records) -> Texts:
    """`request.row`: those of one request share all but their end, which is cheap to look up."""
    return pc.binary_join_element_wise(records.request, number_texts(records["row"]), ".")


def _resource(attributes: str | None, details: str | None) -> str:
    given = f'"attributes":{attributes}' if attributes and attributes != "{}" else None
    return f',"resource":{_object(given, details)}'


def _scope(name: str | None, details: str | None) -> str:
    given = f'"name":{quote(name)}' if name else None
    return f',"scope":{_object(given, details)}'


def _object(field: str | None, details: str | None) -> str:
    """The details with one field before them."""
    return f"{{{','.join(filter(None, (field, details and details[1:-1])))}}}"


def _codes(terms: pa.DictionaryArray) -> np.ndarray:
    """The place of each row's text in the dictionary; that behind the last for null."""
    indices = terms.indices.fill_null(len(terms.dictionary)) if terms.null_count else terms.indices
    return np.asarray(indices)


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()
