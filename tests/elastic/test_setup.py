"""`correlator elasticsearch setup | check` on real servers: what it makes, what it leaves alone, how it gets in."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from elasticsearch import Elasticsearch
from typer.testing import CliRunner, Result

from correlator.cli.app import app
from correlator.elasticsearch import Names
from correlator.elasticsearch.setup import apply, plan
from tests.elastic.prepared import RETENTION_S, forget, forget_data, own_names

THINGS = 28
"""4 component templates, 3 and 9 index templates, 3 data streams, 9 indices."""


@pytest.fixture
def names(client: Elasticsearch) -> Iterator[Names]:
    """Nothing is there under them yet."""
    names = own_names()
    yield names
    forget(client, names)


@pytest.fixture
def config(elasticsearch_url: str, names: Names, tmp_path: Path) -> Path:
    file = tmp_path / "correlator.yaml"
    section = {"hosts": [elasticsearch_url], "prefix": names.prefix, "dataset": names.dataset, "timeout": "120s"}
    file.write_text(yaml.safe_dump({"elasticsearch": section}))
    return file


def run(*words: str, config: Path) -> Result:
    return CliRunner().invoke(app, ["elasticsearch", *words, "--config", str(config)])


def states(result: Result) -> dict[str, int]:
    steps = json.loads(result.stdout)["steps"]
    return {state: sum(step["state"] == state for step in steps) for state in {step["state"] for step in steps}}


def test_setup_makes_everything_once(config: Path, client: Elasticsearch, names: Names) -> None:
    """Told before it does it, done, then nothing is left to do; check tells the same by its exit code."""
    told = run("setup", "--dry-run", "--json", config=config)
    assert (told.exit_code, states(told)) == (0, {"missing": THINGS})
    assert not client.indices.exists(index=names.stream("traces"))
    assert run("check", config=config).exit_code == 1

    done = run("setup", config=config)
    assert (done.exit_code, done.stdout.count("made ")) == (0, THINGS)
    again = run("setup", "--json", config=config)
    assert (again.exit_code, states(again)) == (0, {"current": THINGS})
    assert json.loads(again.stdout)["ok"]
    ready = run("check", config=config)
    assert (ready.exit_code, "nothing to do" in ready.stdout) == (0, True)


def test_what_was_changed_since_is_put_right(client: Elasticsearch, names: Names) -> None:
    """A template that somebody edited, and a retention that is another now; records stay."""
    apply(client, plan(client, names, RETENTION_S))
    component = f"{names.prefix}-records"
    client.cluster.put_component_template(
        name=component,
        template={"settings": {"index.mapping.ignore_malformed": False}},
        meta={"managed_by": "correlator"},
    )
    changed = plan(client, names, RETENTION_S / 2)
    assert {step.name: step.detail for step in changed.due if step.kind in ("component template", "data stream")} == {
        component: "would be replaced",
        **{names.stream(signal): "retention would be 15d" for signal in ("traces", "logs", "metrics")},
    }
    apply(client, changed)
    assert plan(client, names, RETENTION_S / 2).due == ()
    (stream,) = client.indices.get_data_stream(name=names.stream("logs"))["data_streams"]
    assert (stream["lifecycle"]["data_retention"], len(stream["indices"])) == ("15d", 1)


def test_fields_of_an_older_version_are_brought_up_to_date(client: Elasticsearch, names: Names) -> None:
    """A data stream is rolled over, so that what comes next has them; a plain index gets them where it is."""
    apply(client, plan(client, names, RETENTION_S))
    old = {"_meta": {"managed_by": "correlator", "version": 0}}
    (stream,) = client.indices.get_data_stream(name=names.stream("logs"))["data_streams"]
    client.indices.put_mapping(index=stream["indices"][0]["index_name"], body=old)
    client.indices.put_mapping(index=names.requests, body=old)
    due = plan(client, names, RETENTION_S).due
    assert [step.name for step in due] == [names.stream("logs"), names.requests]
    apply(client, plan(client, names, RETENTION_S))
    assert plan(client, names, RETENTION_S).due == ()
    (stream,) = client.indices.get_data_stream(name=names.stream("logs"))["data_streams"]
    assert len(stream["indices"]) == 2


def test_what_another_made_is_left_alone(config: Path, client: Elasticsearch, names: Names) -> None:
    """A data stream by another's template, an index, a template of our name: nothing at all is changed, and each is named."""
    client.indices.put_index_template(
        name=f"other-{names.dataset}", index_patterns=[f"logs-{names.dataset}.otel-*"], data_stream={}, priority=120
    )
    client.indices.create_data_stream(name=names.stream("logs"))
    client.indices.create(index=names.incidents)
    client.cluster.put_component_template(name=f"{names.prefix}-traces", template={})
    try:
        for words in (("setup",), ("setup", "--dry-run"), ("check",)):
            told = run(*words, "--json", config=config)
            refused = [step for step in json.loads(told.stdout)["steps"] if step["state"] == "refused"]
            assert (told.exit_code, len(refused)) == (1, 3)
            details = {step["name"]: step["detail"] for step in refused}
            assert details[names.stream("logs")].endswith("set elasticsearch.dataset to a name of your own")
            assert details[names.incidents].endswith("set elasticsearch.prefix to a name of your own")
        assert not client.indices.exists(index=names.stream("traces"))
        assert not client.indices.exists_index_template(name=f"{names.prefix}-traces-{names.dataset}")
    finally:
        client.indices.delete_data_stream(name=names.stream("logs"))
        client.indices.delete_index_template(name=f"other-{names.dataset}")


def test_a_template_of_another_that_would_win_is_named(client: Elasticsearch, names: Names) -> None:
    """One priority for two templates is an error of the server's, a higher one would shape our documents."""
    client.indices.put_index_template(
        name=f"other-{names.dataset}", index_patterns=[f"traces-{names.dataset}*"], data_stream={}, priority=500
    )
    try:
        (step,) = plan(client, names, RETENTION_S).refused
        assert (step.name, step.detail.split(";")[0]) == (
            f"other-{names.dataset}",
            f"matches {names.stream('traces')!r} with priority 500",
        )
    finally:
        client.indices.delete_index_template(name=f"other-{names.dataset}")


def test_engines_of_other_namespaces_share_templates(client: Elasticsearch, names: Names) -> None:
    """Each has data streams and indices of its own."""
    apply(client, plan(client, names, RETENTION_S))
    blue = Names(names.prefix, names.dataset, "blue")
    due = plan(client, blue, RETENTION_S)
    assert {step.kind for step in due.due} == {"data stream", "index"}
    apply(client, due)
    try:
        assert plan(client, blue, RETENTION_S).due == ()
    finally:
        forget_data(client, blue)


def test_a_cluster_that_does_not_answer_is_exit_3(config: Path) -> None:
    """And the message says what to look at."""
    told = run("check", "--url", "http://127.0.0.1:1", config=config)
    assert (told.exit_code, "is it running" in told.stderr) == (3, True)
