"""All templates for some names."""

from correlator.elasticsearch.names import INDICES, Names
from correlator.elasticsearch.templates.data_streams import SIGNALS, data_stream_template
from correlator.elasticsearch.templates.plain_indices import plain_index_template
from correlator.elasticsearch.templates.records import component_bodies
from correlator.elasticsearch.templates.template import Template


def wanted_templates(names: Names, retention_s: float) -> list[Template]:
    """In the order in which a server takes them: components before what is composed of them."""
    components = [
        Template("component template", f"{names.prefix}-{word}", body) for word, body in component_bodies().items()
    ]
    streams = [data_stream_template(signal, names, retention_s) for signal in SIGNALS]
    return [*components, *streams, *(plain_index_template(word, names) for word in INDICES)]
