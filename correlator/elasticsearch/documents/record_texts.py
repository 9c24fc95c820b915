"""What the documents of all signals have in common, as columns of JSON text."""

from collections.abc import Callable
from dataclasses import dataclass
from json.encoder import encode_basestring as quote

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
        if len(terms.dictionary) > len(terms):
            terms = terms.dictionary_decode().dictionary_encode()
        written = [None if text is None else write(text) for text in terms.dictionary.to_pylist()]
        if len(written) == 1 and terms.null_count == 0:
            return [written[0] or ""]
        return [pa.array(written, pa.string()).take(terms.indices)]

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
    return [*records.terms("resource_attributes", _resource), *records.terms("scope_name", _scope)]


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


def _resource(attributes: str) -> str:
    return f',"resource":{{"attributes":{attributes}}}' if attributes != "{}" else ',"resource":{}'


def _scope(name: str) -> str:
    return f',"scope":{{"name":{quote(name)}}}' if name else ',"scope":{}'


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()
