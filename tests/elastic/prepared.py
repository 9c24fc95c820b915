"""A cluster made ready for names that no other test has."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.elasticsearch.names import INDICES
from correlator.elasticsearch.setup import apply, plan
from correlator.elasticsearch.templates import wanted_templates
from correlator.elasticsearch.templates.data_streams import SIGNALS

RETENTION_S = 30 * 86_400.0


def own_names() -> Names:
    word = f"test{uuid.uuid4().hex[:12]}"
    return Names(prefix=word, dataset=word)


@contextmanager
def prepared(client: Elasticsearch) -> Iterator[Names]:
    """Ready for the block; everything of it is gone after."""
    names = own_names()
    apply(client, plan(client, names, RETENTION_S))
    try:
        yield names
    finally:
        forget(client, names)


def forget(client: Elasticsearch, names: Names) -> None:
    """Delete what setup makes, and what is laid over it, where it is there."""
    forget_data(client, names)
    lenient = client.options(ignore_status=404)
    for template in reversed(wanted_templates(names, RETENTION_S)):
        if template.kind == "index template":
            lenient.indices.delete_index_template(name=template.name)
        else:
            lenient.cluster.delete_component_template(name=template.name)
    lenient.cluster.delete_component_template(name=f"{names.prefix}@custom")


def forget_data(client: Elasticsearch, names: Names) -> None:
    """Data streams and indices, not the templates, which another namespace may share."""
    for signal in SIGNALS:
        client.options(ignore_status=404).indices.delete_data_stream(name=names.stream(signal))
    client.indices.delete(index=[names.index(word) for word in INDICES], ignore_unavailable=True)
