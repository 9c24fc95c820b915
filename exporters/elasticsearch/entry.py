"""What the engine calls: light, since an engine without a cluster has no client installed."""

import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from correlator.errors import SettingsError
from correlator.pipeline.exporter import ExporterContext
from exporters.elasticsearch.target_names import RECORDS

if TYPE_CHECKING:
    from exporters.elasticsearch.exporter import ElasticsearchExporter

log = structlog.get_logger()


def make_exporter(settings: Mapping[str, Any], context: ExporterContext) -> "ElasticsearchExporter | None":
    """Of the section `elasticsearch`: connection, names, exposed_hosts, and the section's `export`; None where that is off.

    Raises SettingsError.
    """
    spool, given = context.spool, settings["export"]
    if not given["enabled"]:
        if spool is not None and RECORDS in spool.requests.holds():
            spool.requests.release(RECORDS)
        return None
    if spool is None:
        raise SettingsError(
            "elasticsearch.export needs a store that keeps requests as they came, and store.kind is elasticsearch; "
            "leave it out, as that store writes the same documents, or set store.kind to segments"
        )
    if importlib.util.find_spec("elasticsearch") is None:
        raise SettingsError("elasticsearch.export needs a client: pip install 'correlator[elasticsearch]'")
    for host in settings["exposed_hosts"]:
        remedy = "let it begin with https:// in elasticsearch.hosts"
        log.warning("elasticsearch_secret_exposed", host=host, remedy=remedy)
    from exporters.elasticsearch.exporter import build_exporter

    return build_exporter(settings["connection"], settings["names"], given, context, spool)
