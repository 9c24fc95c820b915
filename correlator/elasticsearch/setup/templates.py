"""Steps for templates: whether they are there, as they should be, and ours."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from correlator.elasticsearch.names import INDICES, Names
from correlator.elasticsearch.setup.step import DATASET_REMEDY, PREFIX_REMEDY, Step
from correlator.elasticsearch.templates import PRIORITY, VERSION, Template, is_ours, wanted_templates
from correlator.elasticsearch.templates.data_streams import SIGNALS


def template_step(client: Elasticsearch, template: Template) -> Step:
    """Of one that is wanted."""
    standing = _standing_template(client, template)
    if standing is None:
        return Step(template.kind, template.name, "missing", "would be made", template)
    if not is_ours(standing.get("_meta")):
        return Step(template.kind, template.name, "refused", f"is not of our making; {PREFIX_REMEDY}")
    if standing.get("version", 0) > VERSION:
        return Step(template.kind, template.name, "refused", "is of a newer correlator; upgrade this one")
    if _is_as_wanted(standing, template.body):
        return Step(template.kind, template.name, "current")
    return Step(template.kind, template.name, "changed", "would be replaced", template)


def _standing_template(client: Elasticsearch, template: Template) -> Mapping[str, Any] | None:
    try:
        if template.kind == "component template":
            answer = client.cluster.get_component_template(name=template.name)
            found: Mapping[str, Any] = answer["component_templates"][0]["component_template"]
        else:
            answer = client.indices.get_index_template(name=template.name)
            found = answer["index_templates"][0]["index_template"]
    except NotFoundError:
        return None
    return found


def shadows(client: Elasticsearch, names: Names) -> Iterator[Step]:
    """Templates of others that would win over ours, or stand beside them where the server allows only one."""
    ours = {template.name for template in wanted_templates(names, 1)}
    wanted = [*map(names.stream, SIGNALS), *map(names.index, INDICES)]
    for each in client.indices.get_index_template()["index_templates"]:
        template, name = each["index_template"], each["name"]
        patterns = template["index_patterns"]
        hidden = [one for one in wanted if any(fnmatchcase(one, pattern) for pattern in patterns)]
        if hidden and name not in ours and template.get("priority", 0) >= PRIORITY:
            detail = f"matches {hidden[0]!r} with priority {template['priority']}; lower it below {PRIORITY}, or {DATASET_REMEDY}"
            yield Step("index template", name, "refused", detail)


def _is_as_wanted(standing: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Compares what is wanted; the server adds dates and defaults beside it."""
    named = {name: standing.get(name) for name in wanted}
    return _comparable(named) == _comparable(wanted)


def _comparable(body: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as the server writes them; of `data_stream`, which it fills in, only that it is there."""
    template = dict(body["template"])
    settings = _flat(template.get("settings", {}))
    template["settings"] = {name.removeprefix("index."): _setting_text(value) for name, value in settings}
    return {**body, "template": template, "data_stream": body.get("data_stream") is not None}


def _flat(settings: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _setting_text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool | int) else value
