"""Roles with the least that each part of correlator needs in Elasticsearch: role descriptors, as JSON files beside this one.

exporter    writes records and conclusions; reads its own records when it sends dead letters or after a crash again
store       writes, reads and forgets all that an engine keeps
setup       makes templates, data streams and indices (`correlator elasticsearch setup`), and writes no document
reader      reads what others wrote (`elasticsearch.reads`, `correlator investigate --elasticsearch`)
viewer      looks at the dashboards in Kibana

The files have the default names; `role` puts an engine's own in their places. tests/elastic/test_roles.py holds that each
privilege is enough and needed.
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Final

import msgspec

from correlator.elasticsearch.names import INDICES, Names

ROLES: Final = ("exporter", "store", "setup", "reader", "viewer")
READER: Final = "reader"
_SIGNALS: Final = ("traces", "logs", "metrics")


def role(name: str, names: Names, read: Iterable[str] = ()) -> dict[str, Any]:
    """The role descriptor of one of ROLES, for the names of an engine; of the reader, for the indices `read` where given."""
    descriptor: dict[str, Any] = msgspec.json.decode(files(__package__).joinpath(f"{name}.json").read_bytes())
    own = _own_names(names)
    for grant in descriptor["indices"]:
        given = list(read) if name == READER else []
        grant["names"] = given or [own.get(each, each) for each in grant["names"]]
    return descriptor


def _own_names(names: Names) -> dict[str, str]:
    """Default name to that of an engine."""
    default = Names()
    streams = {default.stream(signal): names.stream(signal) for signal in _SIGNALS}
    return streams | {default.index(word): names.index(word) for word in INDICES}
