"""Stores on the Elasticsearch that the environment names. They have names of their own, and leave nothing behind.

To make an index takes longer than a test: so a store's indices are emptied when it closes, and are the next one's. What is
left at the end of the run is deleted then.
"""

import atexit
import os
import secrets
from functools import cache
from pathlib import Path

import pytest

from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.names import INDICES
from correlator.elasticsearch.templates import wanted_templates
from correlator.model.tables import SCHEMAS
from correlator.store.elasticsearch import ElasticsearchStore
from tests.e2e.jvm_peers import ELASTICSEARCH_VARIABLE

WHY_SKIPPED = (
    f"{ELASTICSEARCH_VARIABLE} is not set: it names the Elasticsearch for tests; `make e2e-elastic` starts one"
)
RETENTION_S = 30 * 86_400
FORGETFUL = {"index.gc_deletes": "0s"}
"""Versions of what was deleted: conclusions are written with versions of their own, which begin again for each test."""


def on_elasticsearch(_folder: Path) -> ElasticsearchStore:
    """An empty store, whose indices another test may have had before. Skips the test where there is no server."""
    run = _run()
    return _StoreOfATest(run, run.emptied.pop() if run.emptied else run.new_names())


class OneRun:
    """A client, and the names of this run: all begin with the same word, for which templates are made once."""

    def __init__(self, url: str) -> None:
        self.client = connect(Connection(hosts=(url,)))
        self.emptied: list[Names] = []
        self._word = f"test{secrets.token_hex(4)}"
        self._used: list[Names] = []
        self._make_templates()
        atexit.register(self._delete_all)

    def new_names(self) -> Names:
        names = Names(prefix=self._word, dataset=self._word, namespace=secrets.token_hex(4))
        self._used.append(names)
        for word in INDICES:
            self.client.indices.create(index=names.index(word))
        return names

    def empty(self, names: Names) -> None:
        targets = [*(names.stream(signal) for signal in SCHEMAS), *map(names.index, INDICES)]
        self.client.indices.refresh(index=targets, ignore_unavailable=True)
        self.client.delete_by_query(index=targets, query={"match_all": {}}, refresh=True, ignore_unavailable=True)
        self.emptied.append(names)

    def _make_templates(self) -> None:
        """For any namespace of this run's names; the plain indices have one in their names."""
        names = Names(prefix=self._word, dataset=self._word)
        plain = set(map(names.index, INDICES))
        for template in wanted_templates(names, RETENTION_S):
            body = dict(template.body)
            if template.kind == "component template":
                self.client.cluster.put_component_template(name=template.name, body=body)
                continue
            if template.name in plain:
                body["index_patterns"] = f"{template.name}-*"
                body["template"] = body["template"] | {"settings": body["template"]["settings"] | FORGETFUL}
            self.client.indices.put_index_template(name=template.name, body=body)

    def _delete_all(self) -> None:
        client = self.client.options(ignore_status=404)
        client.indices.delete_data_stream(name=[f"{signal}-{self._word}.otel-*" for signal in SCHEMAS])
        for names in self._used:
            client.indices.delete(index=list(map(names.index, INDICES)), ignore_unavailable=True)
        for template in reversed(wanted_templates(Names(prefix=self._word, dataset=self._word), RETENTION_S)):
            if template.kind == "component template":
                client.cluster.delete_component_template(name=template.name)
            else:
                client.indices.delete_index_template(name=template.name)
        self.client.close()


class _StoreOfATest(ElasticsearchStore):
    def __init__(self, run: OneRun, names: Names) -> None:
        super().__init__(run.client, names)
        self._run = run
        self._names: Names | None = names

    def close(self) -> None:
        super().close()
        if self._names is not None:
            self._run.empty(self._names)
            self._names = None


@cache
def _run_at(url: str) -> OneRun:
    return OneRun(url)


def _run() -> OneRun:
    url = os.environ.get(ELASTICSEARCH_VARIABLE)
    if not url:
        pytest.skip(WHY_SKIPPED)
    return _run_at(url)
