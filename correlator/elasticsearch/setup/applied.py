"""Does what a plan says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from elasticsearch import BadRequestError, Elasticsearch

from correlator.elasticsearch.setup.step import Plan, Step
from correlator.errors import SettingsError


def apply(client: Elasticsearch, plan: Plan) -> None:
    """Do what is due. Nothing is done where something is refused: raises SettingsError with the reasons."""
    if plan.refused:
        raise SettingsError("; ".join(f"{step.kind} {step.name!r} {step.detail}" for step in plan.refused))
    for step in plan.due:
        _DOERS[step.kind](client, step, plan)


def _apply_template(client: Elasticsearch, step: Step, plan: Plan) -> None:
    assert step.template is not None
    body = dict(step.template.body)
    if step.kind == "component template":
        client.cluster.put_component_template(name=step.name, body=body)
    else:
        client.indices.put_index_template(name=step.name, body=body)


def _apply_to_stream(client: Elasticsearch, step: Step, plan: Plan) -> None:
    if step.state == "missing":
        with _others_were_quicker():
            client.indices.create_data_stream(name=step.name)
        return
    client.indices.put_data_lifecycle(name=step.name, data_retention=plan.retention)
    if step.is_outdated:
        client.indices.rollover(alias=step.name)


def _apply_to_index(client: Elasticsearch, step: Step, plan: Plan) -> None:
    if step.state == "missing":
        with _others_were_quicker():
            client.indices.create(index=step.name)
        return
    assert step.template is not None
    client.indices.put_mapping(index=step.name, body=dict(step.template.body["template"]["mappings"]))


@contextmanager
def _others_were_quicker() -> Iterator[None]:
    """Another setup at the same time makes the same."""
    try:
        yield
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise


_DOERS: Final[dict[str, Callable[[Elasticsearch, Step, Plan], None]]] = {
    "component template": _apply_template,
    "index template": _apply_template,
    "data stream": _apply_to_stream,
    "index": _apply_to_index,
}
