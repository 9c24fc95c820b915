"""One run of a rule of type `.es-query`, as Kibana does it: its search over the window, then the comparison."""

import json
import operator
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from elasticsearch import Elasticsearch

COMPARED: Final = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
GROUPS: Final = "groupAgg"
ALL: Final = "all documents"


def firing(client: Elasticsearch, params: Mapping[str, Any], index: str, now: datetime) -> set[str]:
    """The alerts of a run at `now`: the values of each group's fields joined by commas, or ALL where nothing is grouped."""
    meets = COMPARED[params["thresholdComparator"]]
    (threshold,) = params["threshold"]
    answer = client.search(index=index, **_search(params, now), ignore_unavailable=True)
    if params["groupBy"] == "all":
        return {ALL} if meets(answer["hits"]["total"]["value"], threshold) else set()
    buckets = answer["aggregations"][GROUPS]["buckets"]
    return {_name(bucket["key"]) for bucket in buckets if meets(bucket["doc_count"], threshold)}


def _search(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    window = timedelta(**{UNITS[params["timeWindowUnit"]]: params["timeWindowSize"]})
    times = {"gte": (now - window).isoformat(), "lte": now.isoformat(), "format": "strict_date_optional_time"}
    query = json.loads(params["esQuery"])["query"]
    filters = [query, {"bool": {"filter": [{"range": {params["timeField"]: times}}]}}]
    body: dict[str, Any] = {
        "query": {"bool": {"filter": [{"bool": {"must": filters}}]}},
        "track_total_hits": True,
        "size": 0,
    }
    return body if params["groupBy"] == "all" else {**body, "aggs": {GROUPS: _groups(params)}}


def _groups(params: Mapping[str, Any]) -> dict[str, Any]:
    """Of several fields Kibana asks by multi_terms, which the lab's server lacks: composite has the same buckets."""
    field, size = params["termField"], params["termSize"]
    if isinstance(field, str):
        return {"terms": {"field": field, "size": size}}
    return {"composite": {"sources": [{each: {"terms": {"field": each}}} for each in field], "size": size}}


def _name(key: str | Mapping[str, str]) -> str:
    return key if isinstance(key, str) else ",".join(key.values())
