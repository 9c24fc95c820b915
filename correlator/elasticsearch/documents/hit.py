"""What a search gave."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found. `source` is the JSON that was written; `sort` and `seq_no` where the search asked for them."""

    index: str
    id: str
    source: bytes
    sort: tuple[Any, ...] = ()
    seq_no: int | None = None
