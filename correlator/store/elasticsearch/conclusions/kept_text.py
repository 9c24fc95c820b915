"""A small text that an engine keeps in the cluster: a whole, replaced as one, by whichever engine leads."""

from elasticsearch import Elasticsearch

from correlator.elasticsearch.names import Names
from correlator.store.elasticsearch.failures import reaching


class KeptText:
    """One document by its name; what was written last stands. Calls raise Unavailable, or a kind of it."""

    def __init__(self, client: Elasticsearch, names: Names, name: str) -> None:
        self._client = client
        self._index = names.state
        self._name = name

    def read(self) -> bytes | None:
        """None where nothing was written."""
        with reaching():
            answer = self._client.options(ignore_status=404).get(index=self._index, id=self._name)
        return answer["_source"]["content"].encode() if answer.get("found") else None

    def write(self, content: bytes) -> None:
        """Durable on return."""
        with reaching():
            self._client.index(index=self._index, id=self._name, document={"content": content.decode()})
