"""What `correlator elasticsearch setup` puts into a cluster: templates for the data streams, mappings for the plain indices.

template        a template as the server takes it, and what makes it ours
records         component templates: what the documents of all signals have in common, and of each
attributes      attributes that have a field from the start
data_streams    index templates for the data streams
plain_indices   index templates for requests, incidents, findings and the engine's own state
wanted          all of them for some names
"""

from correlator.elasticsearch.templates.template import MANAGED_BY, PRIORITY, VERSION, Template, is_ours
from correlator.elasticsearch.templates.wanted import wanted_templates

__all__ = ["MANAGED_BY", "PRIORITY", "VERSION", "Template", "is_ours", "wanted_templates"]
