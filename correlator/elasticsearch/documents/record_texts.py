"""What the documents of all signals have in common, as columns of JSON text."""

from collections.abc import Callable
from dataclasses import dataclass
from json.encoder import encode_basestring as quote

import pyarrow as pa
import pyarrow.compute as pc

from correlator.elasticsearch.documents.json_columns import Texts, field, joined, number_texts, only, quoted, time_texts
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

    def texts(self, column: str) -> Texts:
        """A JSON string of each text; null where there is none."""
        if pa.types.is_dictionary(self[column].type):
            return self.terms(column, quote)
        return quoted(self[column])

    def terms(self, column: str, write: Callable[[str], str | None]) -> Texts:
        """What `write` makes of a dictionary-encoded column: called once for each distinct text."""
        terms = self[column]
        if len(terms.dictionary) > len(terms):
            terms = terms.dictionary_decode().dictionary_encode()
        written = [None if text is None else write(text) for text in terms.dictionary.to_pylist()]
        return pa.array(written, pa.string()).take(terms.indices)

    def not_zero(self, column: str) -> Texts:
        """Integers but 0, which is left out."""
        return only(pc.not_equal(self[column], 0), number_texts(self[column]))


def opening(records: Records, time_column: str) -> Texts:
    """`{` and when it was, and the data stream that it belongs to."""
    return joined('{"@timestamp":', time_texts(records[time_column]), data_stream(records.signal, records.names))


def data_stream(signal: str, names: Names) -> str:
    """The field `data_stream`."""
    dataset, namespace = quote(names.data_stream_dataset), quote(names.namespace)
    return f',"data_stream":{{"type":"{signal}","dataset":{dataset},"namespace":{namespace}}}'


def sender(records: Records) -> list[Texts | str]:
    """`resource` and `scope`."""
    resource = records.terms("resource_attributes", lambda text: f',"resource":{{"attributes":{text}}}')
    scope = records.terms("scope_name", lambda name: f',"scope":{{"name":{quote(name)}}}' if name else ',"scope":{}')
    return [resource, scope]


def own(records: Records, *further: Texts | str) -> list[Texts | str]:
    """The object `correlator`, with `further` fields at its end."""
    return [*own_opened(records), *further, "}"]


def own_opened(records: Records) -> list[Texts | str]:
    """The same without its end."""
    return [
        f',"correlator":{{"request":{quote(records.request)},"row":',
        number_texts(records["row"]),
        field("arrival", number_texts(records["arrival_unix_nano"])),
        field("marks", records.not_zero("marks")),
        field("system", records.texts("system")),
        field("service", records.texts("service_name")),
        field("flags", records.not_zero("flags")),
    ]


def key_texts(records: Records) -> Texts:
    """The join keys of each record as a JSON array; null where it has none."""
    if not records.join_keys:
        return pa.nulls(len(records["row"]), pa.string())
    keys = map(records.join_keys.get, records["row"].to_pylist())
    return pa.array([f"[{','.join(map(quote, each))}]" if each else None for each in keys], pa.string())


def id_texts(records: Records) -> Texts:
    """`request.row`: those of one request share all but their end, which is cheap to look up."""
    return joined(f"{records.request}.", number_texts(records["row"]))


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()
