"""What is known of documents that are on their way: which are there, which never will be, and which may be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exporters.delivery import Parcel, RefusedPart


@dataclass(slots=True)
class _Request:
    """A request that is not delivered whole."""

    there: set[str] = field(default_factory=set)
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

    def has_begun(self, position: int) -> bool:
        """Whether anything is known of its documents."""
        return position in self._requests

    def is_settled(self, position: int, document_id: str) -> bool:
        """Whether it is there, or never will be."""
        request = self._requests.get(position)
        return request is not None and (document_id in request.there or document_id in request.refused)

    def settle(self, position: int, document_ids: Iterable[str]) -> None:
        """They are there."""
        self._request(position).there.update(document_ids)

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
