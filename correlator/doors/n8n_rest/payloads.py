"""By what a call of a node's can be recognised where it carried no id: hashes of payloads, never the payloads themselves."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from correlator.doors.n8n_rest.items import Item, input_items, is_recovered, output_items
from correlator.doors.n8n_rest.shapes import mapping
from correlator.payload import payload_hash

MAX_HASHES: Final = 16  # payload hashes of one node run
HTTP_REQUEST: Final = ".httpRequest"
"""How the type of a node that calls others ends; the name of its package stands before."""
_WEBHOOKS_ITEM: Final = frozenset({"headers", "params", "query", "body"})


def payload_hashes(run: Mapping[str, Any], run_data: Mapping[str, Any], node_type: str) -> tuple[str, ...]:
    """Of an HTTP Request node what it may have sent: what went into it; of any other node what it gave on.

    A failed request's own body, which its error tells, goes first. At most MAX_HASHES, each once.
    """
    payloads = (_failed_request(run), *map(_payload, _items(run, run_data, node_type)))
    return tuple(islice(dict.fromkeys(_hashes(payloads)), MAX_HASHES))


def is_http_request(node_type: str) -> bool:
    """Whether nodes of this type call others by HTTP."""
    return node_type.endswith(HTTP_REQUEST)


def _items(run: Mapping[str, Any], run_data: Mapping[str, Any], node_type: str) -> Iterator[Item]:
    if is_http_request(node_type):
        return islice(input_items(run, run_data), MAX_HASHES)
    return islice(() if is_recovered(run) else output_items(run), MAX_HASHES)


def _payload(item: Item) -> Any:
    """Of an item that a webhook made, wherever it was passed on to, its body: the rest is n8n's own."""
    payload = mapping(item.get("json"))
    return payload.get("body") if payload.keys() >= _WEBHOOKS_ITEM else item.get("json")


def _failed_request(run: Mapping[str, Any]) -> Any:
    return mapping(mapping(mapping(run.get("error")).get("context")).get("request")).get("body")


def _hashes(payloads: Iterable[Any]) -> Iterator[str]:
    """Of each payload, and of the objects and arrays right in it: a callee may hash the part that it was to work on."""
    for payload in payloads:
        parts = payload.values() if isinstance(payload, Mapping) else payload if isinstance(payload, list) else ()
        for part in (payload, *(each for each in parts if isinstance(each, (dict, list)))):
            if (told := payload_hash(part)) is not None:
                yield told
