"""Plain indices of a test's own, as the templates have them, and stores that conclude on them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.names import INDICES
from correlator.elasticsearch.templates.plain_indices import plain_index_template
from correlator.store.elasticsearch.conclusions.conclusions import ElasticsearchConclusions
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.memory import MemoryStore

CONCLUDED = [word for word in INDICES if word != "requests"]


class ConcludingStore(ElasticsearchConclusions, MemoryStore):
    """Concludes into Elasticsearch, and keeps records in memory."""

    def __init__(self, client: Elasticsearch, names: Names, **given: Any) -> None:
        MemoryStore.__init__(self)
        ElasticsearchConclusions.__init__(self, client, names, Freshness(client), **given)


@contextmanager
def plain_indices(url: str) -> Iterator[Names]:
    """Empty ones, gone after the block."""
    names = Names(prefix=f"test-{uuid.uuid4().hex[:12]}")
    with client_of(url) as client:
        for word in CONCLUDED:
            template = plain_index_template(word, names).body["template"]
            client.indices.create(index=names.index(word), settings=template["settings"], mappings=template["mappings"])
        try:
            yield names
        finally:
            client.indices.delete(index=[names.index(word) for word in CONCLUDED])


def emptied(client: Elasticsearch, names: Names) -> None:
    """All documents go."""
    indices = [names.index(word) for word in CONCLUDED]
    client.indices.refresh(index=indices)
    client.delete_by_query(index=indices, query={"match_all": {}}, refresh=True)


def client_of(url: str) -> Elasticsearch:
    return connect(Connection(hosts=(url,)))
