"""What is known of documents that are on their way: which are there, which never will be, and which may be."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from exporters.delivery import Parcel, RefusedPart


@dataclass(slots=True)
class _Request:
    """A request that is not delivered whole."""

    there: list[pa.StringArray] = field(default_factory=list)
    refused: dict[str, RefusedPart] = field(default_factory=dict)
    is_doubtful: bool = False


class Progress:
    """By request. What came before `sent_before`, a position, may have been sent by an earlier run of the engine.

    A data stream that rolled over since does not know a document again: what may be there must be looked up.
    """

    def __init__(self, sent_before: int) -> None:
        self._sent_before = sent_before
        self._sure_kinds: set[str] = set()
        self._requests: dict[int, _Request] = {}

    def is_doubtful(self, parcel: Parcel) -> bool:
        """Whether documents of it may be there without our knowing."""
        request = self._requests.get(parcel.position)
        if request is not None and request.is_doubtful:
            return True
        return parcel.position < self._sent_before and parcel.kind not in self._sure_kinds

    def doubt(self, position: int) -> None:
        """No answer came for a document of this request."""
        self._request(position).is_doubtful = True

    def settled(self, position: int) -> set[str]:
        """The ids of the documents of a request that are there, or never will be."""
        request = self._requests.get(position)
        if request is None:
            return set()
        return {*request.refused, *(each for ids in request.there for each in ids.to_pylist())}

    def settle(self, position: int, document_ids: pa.StringArray) -> None:
        """They are there."""
        self._request(position).there.append(document_ids)

    def refuse(self, document_id: str, part: RefusedPart) -> None:
        """It never will be."""
        self._request(part.parcel.position).refused[document_id] = part

    def finish(self, parcels: Sequence[Parcel]) -> tuple[RefusedPart, ...]:
        """These are delivered, but for the parts that are given back; nothing of them is remembered."""
        requests = [self._requests.pop(parcel.position, None) for parcel in parcels]
        return tuple(part for request in requests if request is not None for part in request.refused.values())

    def forget_before(self, position: int) -> None:
        """Requests before it are delivered, or were given up."""
        for each in [each for each in self._requests if each < position]:
            del self._requests[each]

    def trust(self, kind: str) -> None:
        """An earlier run has sent none of this kind that are still to come: they go out in their order."""
        self._sure_kinds.add(kind)

    def _request(self, position: int) -> _Request:
        return self._requests.setdefault(position, _Request())
