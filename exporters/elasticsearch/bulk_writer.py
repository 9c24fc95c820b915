"""Documents into data streams, each once: what may be there already is looked up before it is created."""

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from correlator.elasticsearch import Names
from correlator.elasticsearch.documents import Block
from exporters.delivery import Parcel, RefusedPart, TryAgain
from exporters.elasticsearch.answers import TAKEN, ItemAnswer, Meaning
from exporters.elasticsearch.bulks import Bulk, Part, bulks
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

    def write(self, parts: Iterable[Part], doubtful: frozenset[int]) -> int:
        """How many were there before; `doubtful` are the positions of requests of which some may be.

        Raises TryAgain once some cannot be taken now; `progress` has what became of the others, and of those in flight.
        """
        in_flight: deque[tuple[Bulk, Future[Written]]] = deque()
        found = 0
        try:
            for bulk in bulks(parts, self._bulk_bytes):
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

    def _write(self, bulk: Bulk, doubtful: frozenset[int]) -> Written:
        """In a thread of its own. Raises nothing that the cluster is at fault for."""
        try:
            there = self._there([part.block for part in bulk.parts if part.parcel.position in doubtful])
        except TryAgain as error:
            return Written([ItemAnswer(Meaning.AGAIN, str(error), False, error.retry_after_s)] * len(bulk))
        missing = bulk.without(there)
        answers = self._cluster.write(missing, self._body) if len(missing) else []
        if not there:
            return Written(answers)
        rest, ids = iter(answers), (each for part in bulk.parts for each in part.block.ids.to_pylist())
        return Written([TAKEN if each in there else next(rest) for each in ids], len(there))

    def _there(self, blocks: Sequence[Block]) -> set[str]:
        """The ids of those that are there. Raises TryAgain."""
        there: set[str] = set()
        for signal in sorted({block.signal for block in blocks}):
            ids = [each for block in blocks if block.signal == signal for each in block.ids.to_pylist()]
            there |= self._cluster.found(self._names.stream(signal), ids)
        return there

    def _body(self, bulk: Bulk) -> bytes:
        return bulk.body(self._names)

    def _settle(self, bulk: Bulk, writing: "Future[Written]") -> int:
        """How many were there before. Raises TryAgain for the first that cannot be taken now."""
        written = writing.result()
        later = [self._note(part, answers) for part, answers in bulk.by_part(written.answers)]
        again = next((answer for answer in later if answer is not None), None)
        if again is not None:
            raise TryAgain(again.reason, again.retry_after_s)
        return written.found

    def _note(self, part: Part, answers: Sequence[ItemAnswer]) -> ItemAnswer | None:
        """In `progress`, what became of each; the first that cannot be taken now."""
        position, block = part.parcel.position, part.block
        if answers.count(TAKEN) == len(answers):
            self._progress.settle(position, block.ids)
            return None
        self._progress.settle(position, block.ids.filter(pa.array([each is TAKEN for each in answers])))
        for number, answer in enumerate(answers):
            if answer.meaning is Meaning.NEVER:
                letter = Bulk((Part(part.parcel, block.slice(number, number + 1)),))
                self._progress.refuse(block.ids[number].as_py(), self._refused(letter, answer.reason))
        again = [answer for answer in answers if answer.meaning is Meaning.AGAIN]
        if not all(answer.is_known for answer in again):
            self._progress.doubt(position)
        return next(iter(again), None)

    def _refused(self, letter: Bulk, reason: str) -> RefusedPart:
        (parcel,) = (part.parcel for part in letter.parts)
        return RefusedPart(Parcel(parcel.position, DOCUMENT_KIND, parcel.arrival_unix_nano, self._body(letter)), reason)

    def _settle_rest(self, in_flight: Iterable[tuple[Bulk, "Future[Written]"]]) -> None:
        """After another has failed: what became of these counts, their failures are told by the next attempt."""
        for bulk, writing in in_flight:
            try:
                self._settle(bulk, writing)
            except TryAgain:
                continue
