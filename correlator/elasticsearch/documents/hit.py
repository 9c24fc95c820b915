"""What a search gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found. `source` is the JSON that was written.

    `sort`, `seq_no` and the values of `fields` are there where the search asked for them; a search may do without id and source.
    """

    index: str
    id: str
    source: bytes
    sort: tuple[Any, ...] = ()
    seq_no: int | None = None
    fields: Mapping[str, Sequence[Any]] = field(default_factory=dict)
