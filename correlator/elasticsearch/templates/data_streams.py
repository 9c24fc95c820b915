"""Index templates for the data streams of the three signals."""

from typing import Final

from correlator.elasticsearch.names import Names
from correlator.elasticsearch.templates.template import META, PRIORITY, Template

SIGNALS: Final = ("traces", "logs", "metrics")
_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


def data_stream_template(signal: str, names: Names, retention_s: float) -> Template:
    """For `names.stream(signal)`, and those of the dataset's other namespaces.

    A component template `<prefix>@custom`, where somebody makes one, is laid over ours: shards, or an ILM policy.
    """
    custom = f"{names.prefix}@custom"
    body = {
        "index_patterns": [f"{signal}-{names.data_stream_dataset}-*"],
        "priority": PRIORITY,
        "data_stream": {},
        "composed_of": [f"{names.prefix}-records", f"{names.prefix}-{signal}", custom],
        "ignore_missing_component_templates": [custom],
        "template": {
            "mappings": {"_meta": META},
            "lifecycle": {"enabled": True, "data_retention": duration_text(retention_s)},
        },
        "version": META["version"],
        "_meta": META,
    }
    return Template("index template", f"{names.prefix}-{signal}-{names.dataset}", body)


def duration_text(seconds: float) -> str:
    """In the largest unit that tells it exactly: `30d`, `36h`."""
    whole = max(1, round(seconds))
    unit, size = next((unit, size) for unit, size in _UNITS.items() if whole % size == 0)
    return f"{whole // size}{unit}"
