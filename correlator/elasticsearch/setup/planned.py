"""Compares a cluster with what is needed."""

from elasticsearch import Elasticsearch

from correlator.elasticsearch.names import INDICES, Names
from correlator.elasticsearch.setup.step import Plan
from correlator.elasticsearch.setup.targets import index_step, stream_step
from correlator.elasticsearch.setup.templates import shadows, template_step
from correlator.elasticsearch.templates import wanted_templates
from correlator.elasticsearch.templates.data_streams import SIGNALS, duration_text
from correlator.elasticsearch.templates.plain_indices import plain_index_template


def plan(client: Elasticsearch, names: Names, retention_s: float) -> Plan:
    """Compares the cluster with what `names` need; changes nothing. Raises what the client raises."""
    retention = duration_text(retention_s)
    return Plan(
        (
            *(template_step(client, template) for template in wanted_templates(names, retention_s)),
            *shadows(client, names),
            *(stream_step(client, names.stream(signal), retention) for signal in SIGNALS),
            *(index_step(client, names.index(word), plain_index_template(word, names)) for word in INDICES),
        ),
        retention,
    )
