"""The Elasticsearch of the settings: whether it is needed, and what is needed to ask it."""

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.software import installed_by
from correlator.errors import SettingsError

if TYPE_CHECKING:
    from correlator.settings import Settings
    from correlator.settings.elasticsearch import ElasticsearchSettings

NAME: Final = "elasticsearch"


def check_elasticsearch(settings: "Settings") -> Iterator[Check]:
    """Nothing where the settings name no cluster and nothing needs one; else what cluster.py asks."""
    cluster, roles = settings.elasticsearch, roles_played(settings)
    if not cluster.is_set and not roles:
        return
    if importlib.util.find_spec("elasticsearch") is None:
        yield Check(NAME, Verdict.FAIL, "its client is not installed", installed_by("elasticsearch"))
        return
    for host in cluster.exposed_hosts:
        yield Check(NAME, Verdict.WARN, f"the secret goes to {host} unencrypted", "use https://")
    from correlator.cli.checks.cluster import check_cluster

    try:
        yield from check_cluster(cluster, roles)
    except SettingsError as error:
        yield Check(NAME, Verdict.FAIL, str(error), "correct it, and run doctor again")


def roles_played(settings: "Settings") -> tuple[str, ...]:
    """Those of elasticsearch.roles that the engine's key must have; none where it only names a cluster, for commands."""
    played = {
        "store": settings.store.kind == "elasticsearch",
        "exporter": settings.elasticsearch.export.enabled,
        "reader": bool(settings.elasticsearch.reads),
    }
    return tuple(name for name, is_played in played.items() if is_played)


def secret_of(cluster: "ElasticsearchSettings") -> str:
    """The setting that has what proves who asks, with its file; empty where there is none. One from the environment goes first."""
    for name in ("api_key", "api_key_file", "password", "password_file"):
        given = getattr(cluster, name)
        if given is not None:
            return f"elasticsearch.{name}" + (f" = {str(given)!r}" if name.endswith("_file") else "")
    return ""
