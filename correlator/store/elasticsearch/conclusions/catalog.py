"""What the engine concluded: the watch's state, incidents and error groups, committed as one."""

from typing import Final

import msgspec

from correlator.model.incident import ErrorGroup, Incident
from correlator.store.contract import ErrorGroupPage, IncidentPage, IncidentQuery, WatchCommit, WatchState
from correlator.store.cursor import Cursor, decode_cursor
from correlator.store.elasticsearch.commits.chain import CommitChain
from correlator.store.elasticsearch.commits.changes import Changes
from correlator.store.elasticsearch.commits.plain_indices import PlainIndices
from correlator.store.elasticsearch.conclusions.conclusion_documents import (
    ErrorGroupDocument,
    IncidentDocument,
    Link,
    conclusions,
    error_group_place,
    incident_place,
)
from correlator.store.elasticsearch.conclusions.kept_watch import KeptWatch, kept_watch
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.queries import Query, all_of
from correlator.store.elasticsearch.requests.marker_search import MarkerSearch
from correlator.store.elasticsearch.requests.numbering import numbering_now

_INCIDENT: Final = "correlator.incident"
_KEY: Final = f"{_INCIDENT}.key"
_OPENED_AT: Final = f"{_INCIDENT}.opened_at_unix_nano"
_ERROR_GROUP: Final = "correlator.error_group"


class ElasticsearchCatalog:
    """The contract's Catalog, on plain indices. One commits at a time, over all processes."""

    def __init__(self, indices: PlainIndices, freshness: Freshness, markers: MarkerSearch, link: Link) -> None:
        self._indices = indices
        self._markers = markers
        self._link = link
        self._watch_commits = CommitChain(indices, freshness, "watch")
        self._watch_history = ""

    def watch_state(self) -> WatchState:
        state = self._watch_commits.state()
        kept = KeptWatch() if state is None else msgspec.json.decode(state, type=KeptWatch)
        self._watch_history = self._markers.history()
        return kept.resumed_at(self._markers.resumed(kept.position, kept.numbering, self._watch_history))

    def commit_watch(self, commit: WatchCommit) -> None:
        changes = Changes(tuple(conclusions(commit, self._link)))
        state = kept_watch(commit.state, numbering_now(self._watch_history))
        self._watch_commits.commit(msgspec.json.encode(state), changes)

    def incident(self, key: str) -> Incident | None:
        place = incident_place(key)
        found = self._watch_commits.by_id([place]).get(place)
        return None if found is None else msgspec.convert(found.source, IncidentDocument).correlator.exact

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        cursor = decode_cursor(query.cursor)
        self._watch_commits.settle()
        newest_first = [{_OPENED_AT: "desc"}, {_KEY: "asc"}]
        found = self._indices.first(
            "incidents", _asked_for(query, cursor), newest_first, query.limit + 1, IncidentDocument
        )
        page = tuple(each.correlator.exact for each in found[: query.limit])
        if len(found) <= query.limit or not page:
            return IncidentPage(page)
        return IncidentPage(page, Cursor(page[-1].opened_at_unix_nano, page[-1].key).encode())

    def incidents_of_cause(self, cause_fingerprint: str) -> tuple[Incident, ...]:
        self._watch_commits.settle()
        query = {"term": {f"{_INCIDENT}.cause_fingerprint": cause_fingerprint}}
        found = self._indices.found("incidents", query, [{f"{_INCIDENT}.ordinal": "asc"}], IncidentDocument)
        return tuple(each.correlator.exact for each in found)

    def error_group(self, fingerprint: str) -> ErrorGroup | None:
        place = error_group_place(fingerprint)
        found = self._watch_commits.by_id([place]).get(place)
        return None if found is None else msgspec.convert(found.source, ErrorGroupDocument).correlator.exact

    def error_groups(self, limit: int) -> ErrorGroupPage:
        self._watch_commits.settle()
        last_first = [{f"{_ERROR_GROUP}.last_seen_unix_nano": "desc"}, {f"{_ERROR_GROUP}.fingerprint": "asc"}]
        found = self._indices.first("error-groups", {"match_all": {}}, last_first, limit, ErrorGroupDocument)
        return ErrorGroupPage(tuple(each.correlator.exact for each in found))


def _asked_for(query: IncidentQuery, cursor: Cursor | None) -> Query:
    bounds = {"gte": query.start_unix_nano, "lt": query.end_unix_nano}
    opened = {"range": {_OPENED_AT: {name: bound for name, bound in bounds.items() if bound is not None}}}
    state = None if query.state is None else {"term": {f"{_INCIDENT}.state": query.state}}
    return all_of(opened, state, None if cursor is None else _behind(cursor))


def _behind(cursor: Cursor) -> Query:
    same_time = all_of({"term": {_OPENED_AT: cursor.time_unix_nano}}, {"range": {_KEY: {"gt": cursor.name}}})
    earlier = {"range": {_OPENED_AT: {"lt": cursor.time_unix_nano}}}
    return {"bool": {"should": [earlier, same_time], "minimum_should_match": 1}}
