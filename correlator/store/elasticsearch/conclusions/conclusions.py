"""The side of the store that concludes: catalog, ledger and lease put together."""

import time
from collections.abc import Callable

from elasticsearch import Elasticsearch

from correlator.elasticsearch.names import Names
from correlator.store.elasticsearch.commits.plain_indices import PlainIndices
from correlator.store.elasticsearch.conclusions.catalog import ElasticsearchCatalog
from correlator.store.elasticsearch.conclusions.conclusion_documents import Link
from correlator.store.elasticsearch.conclusions.lease import ElasticsearchLease
from correlator.store.elasticsearch.conclusions.ledger import ElasticsearchLedger
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.requests.marker_search import MarkerSearch
from correlator.store.elasticsearch.requests.positions import Positions


class ElasticsearchConclusions(ElasticsearchCatalog, ElasticsearchLedger, ElasticsearchLease):
    """The contract's Catalog, OutcomeLedger and Lease, on plain indices that are there already.

    `link` tells where people find an incident, by its key. `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        client: Elasticsearch,
        names: Names,
        freshness: Freshness,
        link: Link = lambda key: "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        indices = PlainIndices(client, names, freshness)
        self._positions = Positions(client, names.requests)
        self._markers = MarkerSearch(client, names, self._positions, freshness)
        ElasticsearchCatalog.__init__(self, indices, freshness, self._markers, link)
        ElasticsearchLedger.__init__(self, indices, freshness, self._markers)
        ElasticsearchLease.__init__(self, indices, self._begin_anew, clock)

    def _begin_anew(self) -> None:
        """With the lease: what was read before is not what the next commit builds on."""
        self._watch_commits.begin_anew()
        self._ledger_commits.begin_anew()
