"""Steps for data streams and indices: where documents go."""

from elasticsearch import Elasticsearch, NotFoundError

from correlator.elasticsearch.setup.step import DATASET_REMEDY, PREFIX_REMEDY, State, Step
from correlator.elasticsearch.templates import VERSION, Template, is_ours


def stream_step(client: Elasticsearch, name: str, retention: str) -> Step:
    """Of one data stream, which must keep its documents for `retention`."""
    try:
        (stream,) = client.indices.get_data_stream(name=name)["data_streams"]
    except NotFoundError:
        return _where_no_index_is(client, name)
    if not is_ours(stream.get("_meta")):
        detail = f"was made by the template {stream.get('template')!r}, which is not ours; {DATASET_REMEDY}"
        return Step("data stream", name, "refused", detail)
    is_outdated = _version_of(client, stream["indices"][-1]["index_name"]) < VERSION
    changes = ["would be rolled over, as its fields are of an older version"] if is_outdated else []
    if (stream.get("lifecycle") or {}).get("data_retention") != retention:
        changes.append(f"retention would be {retention}")
    state: State = "changed" if changes else "current"
    return Step("data stream", name, state, "; ".join(changes), is_outdated=is_outdated)


def _where_no_index_is(client: Elasticsearch, name: str) -> Step:
    if client.indices.exists(index=name):
        return Step("data stream", name, "refused", f"is a plain index, made without a template; {DATASET_REMEDY}")
    return Step("data stream", name, "missing", "would be made")


def index_step(client: Elasticsearch, name: str, template: Template) -> Step:
    """Of one plain index, which is made from `template`."""
    try:
        answer = client.indices.get_mapping(index=name)
    except NotFoundError:
        return Step("index", name, "missing", "would be made")
    meta = next(iter(answer.body.values()))["mappings"].get("_meta")
    if not is_ours(meta):
        return Step("index", name, "refused", f"is not of our making; {PREFIX_REMEDY}")
    if meta["version"] < VERSION:
        return Step("index", name, "changed", "would get the fields of a newer version", template)
    return Step("index", name, "current")


def _version_of(client: Elasticsearch, index: str) -> int:
    """Of the mapping of one index; 0 where it says none."""
    mappings = client.indices.get_mapping(index=index)[index]["mappings"]
    return int(mappings.get("_meta", {}).get("version", 0))
