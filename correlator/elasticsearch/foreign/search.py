"""Documents of a query, page by page, as they were at its beginning. The client is one of correlator.elasticsearch.connect."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog
from elastic_transport import ObjectApiResponse
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from correlator.elasticsearch.documents.hit import Hit
from correlator.elasticsearch.error_body import error_of, reason_of
from correlator.elasticsearch.foreign.queries import Query
from correlator.elasticsearch.lacking import NOT_ALLOWED, refused
from correlator.elasticsearch.patience import patiently
from correlator.elasticsearch.point_in_time import point_in_time
from correlator.elasticsearch.roles import READER
from correlator.elasticsearch.silence import silence_of
from correlator.errors import InvalidInput, Unavailable

log = structlog.get_logger()

PAGE: Final = 1_000
"""Documents at a time: of 2 kB each 2 MB, well within what a server answers at once."""
KEEP_ALIVE: Final = "2m"
"""So long the next page may be asked for: what is done with one takes a second."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document as it was written, parsed."""

    index: str
    id: str
    document: dict[str, Any]


def pages(
    client: Elasticsearch, indices: Sequence[str], query: Query, time_field: str, limit: int
) -> Iterator[list[Found]]:
    """The oldest `limit` documents, by time. Nothing where there is no such index. Raises as `told` says."""
    # An index that has no document yet may have no mapping of the time.
    sort = [{time_field: {"order": "asc", "unmapped_type": "date"}}, {"_shard_doc": "asc"}]
    with told(indices), ExitStack() as held:
        try:
            now = held.enter_context(point_in_time(client, indices, KEEP_ALIVE))
        except NotFoundError:
            return
        after: list[Any] | None = None
        while limit > 0:
            hits = now.search(query=query, sort=sort, size=min(PAGE, limit), search_after=after)["hits"]["hits"]
            if not hits:
                return
            yield list(_read(hits))
            limit, after = limit - len(hits), list(hits[-1].sort)


def count(client: Elasticsearch, indices: Sequence[str], query: Query) -> int:
    """How many documents there are; of an index that was made just now, once it answers. Raises as `told` says."""

    def ask() -> ObjectApiResponse[Any]:
        return client.search(
            index=",".join(indices),
            query=query,
            size=0,
            track_total_hits=True,
            ignore_unavailable=True,
            allow_partial_search_results=False,
        )

    with told(indices):
        return int(patiently(ask)["hits"]["total"]["value"])


def _read(hits: Sequence[Hit]) -> Iterator[Found]:
    """Without those whose source is not kept, or holds what no parser here takes, such as the number 1e400."""
    unread: list[Hit] = []
    for hit in hits:
        try:
            yield Found(hit.index, hit.id, msgspec.json.decode(hit.source, type=dict[str, Any]))
        except msgspec.MsgspecError:
            unread.append(hit)
    if unread:
        log.warning("foreign_documents_not_read", documents=len(unread), index=unread[0].index, id=unread[0].id)


@contextmanager
def told(indices: Sequence[str]) -> Iterator[None]:
    """Elasticsearch's errors as ours: InvalidInput where it refuses for good, Unavailable where it may not later."""
    names = ", ".join(indices)
    try:
        yield
    except ApiError as error:
        status, cause = error.status_code, error_of(error.body)
        why = reason_of(cause)
        if status in NOT_ALLOWED:
            needs = refused(status, str(cause.get("reason", "")), READER)
            raise InvalidInput(f"Elasticsearch refuses to read {names}: {needs}") from error
        if status == 429 or status >= 500:
            raise Unavailable(f"Elasticsearch cannot read {names} now (status {status}): {why}") from error
        raise InvalidInput(f"Elasticsearch cannot read {names} (status {status}): {why}") from error
    except TransportError as error:
        raise Unavailable(
            f"Elasticsearch {silence_of(error)}; is it running, and is elasticsearch.hosts right?"
        ) from error
