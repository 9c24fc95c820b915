"""Documents into data streams, each once: what may be there already is looked up before it is created."""

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from correlator.elasticsearch import Names
from correlator.elasticsearch.documents import bulk_body
from exporters.delivery import Parcel, RefusedPart, TryAgain
from exporters.elasticsearch.answers import TAKEN, ItemAnswer, Meaning
from exporters.elasticsearch.bulks import Item, bulks
from exporters.elasticsearch.cluster import Cluster
from exporters.elasticsearch.progress import Progress

DOCUMENT_KIND: Final = "document"
"""Of a parcel that holds one document, as the two lines of a bulk request."""
IN_FLIGHT: Final = 2
"""Bulk requests at a time: while the server indexes one, the next is made."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a bulk, document by document, and how many of them were there before."""

    answers: Sequence[ItemAnswer]
    found: int = 0


class BulkWriter:
    """Writes to `cluster` and notes in `progress` what became of each document."""

    def __init__(self, cluster: Cluster, names: Names, progress: Progress, bulk_bytes: int) -> None:
        self._cluster, self._names, self._progress, self._bulk_bytes = cluster, names, progress, bulk_bytes
        self._threads = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="elasticsearch")

    def write(self, items: Iterable[Item], doubtful: frozenset[int]) -> int:
        """How many were there before; `doubtful` are the positions of requests of which some may be.

        Raises TryAgain once some cannot be taken now; `progress` has what became of the others, and of those in flight.
        """
        in_flight: deque[tuple[list[Item], Future[Written]]] = deque()
        found = 0
        try:
            for bulk in bulks(items, self._bulk_bytes):
                in_flight.append((bulk, self._threads.submit(self._write, bulk, doubtful)))
                if len(in_flight) == IN_FLIGHT:
                    found += self._settle(*in_flight.popleft())
            while in_flight:
                found += self._settle(*in_flight.popleft())
        finally:
            self._settle_rest(in_flight)
        return found

    def close(self) -> None:
        self._threads.shutdown()

    def _write(self, bulk: Sequence[Item], doubtful: frozenset[int]) -> Written:
        """In a thread of its own. Raises nothing that the cluster is at fault for."""
        try:
            there = self._there([item for item in bulk if item.parcel.position in doubtful])
        except TryAgain as error:
            return Written([ItemAnswer(Meaning.AGAIN, str(error), False, error.retry_after_s)] * len(bulk))
        missing = [item for item in bulk if item.document.id not in there]
        answers = iter(self._cluster.write(missing, self._body) if missing else ())
        return Written([TAKEN if item.document.id in there else next(answers) for item in bulk], len(there))

    def _there(self, items: Sequence[Item]) -> set[str]:
        """The ids of those that are there. Raises TryAgain."""
        there: set[str] = set()
        for signal in sorted({item.document.signal for item in items}):
            ids = [item.document.id for item in items if item.document.signal == signal]
            there |= self._cluster.found(self._names.stream(signal), ids)
        return there

    def _body(self, items: Sequence[Item]) -> bytes:
        return bulk_body((item.document for item in items), self._names)

    def _settle(self, bulk: Sequence[Item], writing: "Future[Written]") -> int:
        """Raises TryAgain for the first that cannot be taken now."""
        written = writing.result()
        if all(answer is TAKEN for answer in written.answers):
            for position, items in groupby(bulk, lambda item: item.parcel.position):
                self._progress.settle(position, (item.document.id for item in items))
            return written.found
        again: ItemAnswer | None = None
        for item, answer in zip(bulk, written.answers, strict=True):
            match answer.meaning:
                case Meaning.TAKEN:
                    self._progress.settle(item.parcel.position, [item.document.id])
                case Meaning.NEVER:
                    self._progress.refuse(item.document.id, RefusedPart(self._as_parcel(item), answer.reason))
                case Meaning.AGAIN:
                    again = again or answer
                    if not answer.is_known:
                        self._progress.doubt(item.parcel.position)
        if again is not None:
            raise TryAgain(again.reason, again.retry_after_s)
        return written.found

    def _settle_rest(self, in_flight: Iterable[tuple[list[Item], "Future[Written]"]]) -> None:
        """After another has failed: what became of these counts, their failures are told by the next attempt."""
        for bulk, writing in in_flight:
            try:
                self._settle(bulk, writing)
            except TryAgain:
                continue

    def _as_parcel(self, item: Item) -> Parcel:
        parcel = item.parcel
        return Parcel(parcel.position, DOCUMENT_KIND, parcel.arrival_unix_nano, self._body([item]))
