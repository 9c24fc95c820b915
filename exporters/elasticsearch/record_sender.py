"""Requests to documents: each record, and each event of a span, is created once."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from correlator.elasticsearch import Names
from correlator.elasticsearch.documents import blocks_of
from correlator.errors import InvalidInput
from correlator.model.tables import Tables
from correlator.store.contract import Frame
from exporters.delivery import Delivered, Parcel, Refused, TryAgain
from exporters.elasticsearch.answers import Meaning
from exporters.elasticsearch.bulk_writer import DOCUMENT_KIND, BulkWriter
from exporters.elasticsearch.bulks import Part
from exporters.elasticsearch.cluster import Cluster
from exporters.elasticsearch.progress import Progress


class RecordSender:
    """Creates the documents of requests, which are called by `log_id` and the request's position.

    `check` raises TryAgain while the data streams are not there, or not ours; what lies in the log before `sent_before` may
    have been sent by an earlier run of the engine. A document that the server refuses becomes a part that is refused; those
    that it cannot take now are sent again, alone.
    """

    def __init__(
        self,
        cluster: Cluster,
        names: Names,
        decode: Callable[[Frame], Tables],
        log_id: str,
        bulk_bytes: int,
        check: Callable[[], None],
        sent_before: int,
    ) -> None:
        self._cluster, self._names, self._decode, self._log_id, self._check = cluster, names, decode, log_id, check
        self._progress = Progress(sent_before)
        self._writer = BulkWriter(cluster, names, self._progress, bulk_bytes)

    def joins(self, kind: str) -> bool:
        return kind != DOCUMENT_KIND

    def send(self, parcels: Sequence[Parcel]) -> Delivered:
        self._check()
        if parcels[0].kind == DOCUMENT_KIND:
            return self._send_document(parcels[0])
        self._progress.forget_before(parcels[0].position)
        doubtful = frozenset(each.position for each in parcels if self._progress.is_doubtful(each))
        found = self._writer.write(self._unsettled(parcels), doubtful)
        refused = self._progress.finish(parcels)
        if not found and not refused:
            self._progress.trust(parcels[0].kind)
        return Delivered(refused_parts=refused)

    def close(self) -> None:
        self._writer.close()
        self._cluster.close()

    def _unsettled(self, parcels: Sequence[Parcel]) -> Iterator[Part]:
        """Raises Refused."""
        for parcel in parcels:
            request = f"{self._log_id}-{parcel.position:012x}"
            settled = self._progress.settled(parcel.position)
            for block in blocks_of(self._tables(parcel), request, self._names):
                yield Part(parcel, block.without(settled))

    def _tables(self, parcel: Parcel) -> Tables:
        signal, _, encoding = parcel.kind.partition("/")
        try:
            return self._decode(Frame(signal, encoding, parcel.arrival_unix_nano, parcel.content))
        except InvalidInput:  # not its text: it may quote the payload
            raise Refused("this request cannot be read under the limits of the settings any more") from None

    def _send_document(self, letter: Parcel) -> Delivered:
        """Raises Refused where it still is."""
        action = msgspec.json.decode(letter.content.partition(b"\n")[0])["create"]
        if self._cluster.found(action["_index"], [action["_id"]]):
            return Delivered()
        (answer,) = self._cluster.write([letter], lambda letters: letters[0].content)
        if answer.meaning is Meaning.AGAIN:
            raise TryAgain(answer.reason, answer.retry_after_s)
        if answer.meaning is Meaning.NEVER:
            raise Refused(answer.reason)
        return Delivered()
