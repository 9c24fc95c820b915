"""Incidents and findings to their indices: of each the last state, whatever came late or twice."""

from collections.abc import Callable, Sequence

import msgspec

from correlator.elasticsearch import Names
from exporters.delivery import Delivered, Parcel, Refused, RefusedPart, TryAgain
from exporters.elasticsearch.answers import Meaning
from exporters.elasticsearch.cluster import Cluster


class ConclusionSender:
    """Writes documents of an Outbox, each with its version: an older state never takes the place of a newer one."""

    def __init__(self, cluster: Cluster, names: Names, check: Callable[[], None]) -> None:
        self._cluster, self._names, self._check = cluster, names, check

    def joins(self, kind: str) -> bool:
        return True

    def send(self, parcels: Sequence[Parcel]) -> Delivered:
        self._check()
        answers = self._cluster.write(parcels, self._body, into_streams=False)
        for answer in answers:
            if answer.meaning is Meaning.AGAIN:  # all of them: what is there already has its version
                raise TryAgain(answer.reason, answer.retry_after_s)
        told = zip(parcels, answers, strict=True)
        refused = tuple(RefusedPart(each, answer.reason) for each, answer in told if answer.meaning is Meaning.NEVER)
        if refused and len(parcels) == 1:
            raise Refused(refused[0].reason)
        return Delivered(refused_parts=refused)

    def close(self) -> None:
        self._cluster.close()

    def _body(self, parcels: Sequence[Parcel]) -> bytes:
        lines: list[bytes] = []
        for parcel in parcels:
            document_id, _, source = parcel.content.partition(b"\n")
            where = {"_index": self._names.index(parcel.kind), "_id": document_id.decode()}
            version = {"version": parcel.arrival_unix_nano, "version_type": "external_gte"}
            lines += (msgspec.json.encode({"index": where | version}), source)
        return b"\n".join([*lines, b""])
