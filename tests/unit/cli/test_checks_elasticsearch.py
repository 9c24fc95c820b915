"""What doctor says of Elasticsearch: of a stand-in that answers as a real one does to keys that may more or less."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.elasticsearch import check_elasticsearch
from correlator.elasticsearch.templates.template import META
from correlator.settings import load_settings
from tests.unit.cli.answering import Answer, Asked, Request, answering

PRODUCT = {"x-elastic-product": "Elasticsearch"}
KEY = "c2VjcmV0OmtleQ=="
EXPORT = {"export": {"enabled": True}}
STREAM = {"_meta": META, "indices": [{"index_name": "backing"}], "lifecycle": {"data_retention": "30d"}}
MAPPING = {"backing": {"mappings": {"_meta": META}}}
READING = {"GET", "HEAD"}
MAY_I = "/_security/user/_has_privileges"  # asks, and changes nothing


def refused(status: int, kind: str) -> Answer:
    """As Elasticsearch refuses: its words may name the user, and the id of a key."""
    return status, {"error": {"type": kind, "reason": "for API key id [the-id] of user [somebody]"}, "status": status}


@dataclass
class Cluster:
    """`unseen` are beginnings of paths that the key may not ask; `lacks` privileges that it has not; `refusal` is for all."""

    version: str = "9.4.3"
    status: str = "green"
    unseen: tuple[str, ...] = ()
    lacks: frozenset[str] = frozenset()
    blocked: tuple[str, ...] = ()
    refusal: Answer | None = None

    def answer(self, request: Request) -> Answer:
        """Of one whose data streams and indices are there, and of whose templates none is."""
        path = request.path
        if self.refusal is not None:
            return self.refusal
        if path in self.unseen or any(path.startswith(f"{each}/") for each in self.unseen):
            return refused(403, "security_exception")
        if path == MAY_I:
            return self._privileges(json.loads(request.content))
        known: dict[str, Answer] = {
            "/": (200, {"version": {"number": self.version}}),
            "/_cluster/health": (200, {"status": self.status, "number_of_nodes": 3, "unassigned_shards": 2}),
            "/_index_template": (200, {"index_templates": []}),
        }
        if path in known:
            return known[path]
        if path.startswith("/_data_stream/"):
            return 200, {"data_streams": [STREAM]}
        if path.endswith("/_mapping"):
            return 200, MAPPING
        if "/_settings/" in path:
            return 200, {each: {"settings": {"index.blocks.read_only_allow_delete": "true"}} for each in self.blocked}
        assert path.startswith(("/_component_template/", "/_index_template/")), path
        return refused(404, "resource_not_found_exception")

    def _privileges(self, body: dict[str, Any]) -> Answer:
        held = {
            name: {each: each not in self.lacks for each in grant["privileges"]}
            for grant in body["index"]
            for name in grant["names"]
        }
        return 200, {"cluster": {each: each not in self.lacks for each in body["cluster"]}, "index": held}


@contextmanager
def running(cluster: Cluster, headers: dict[str, str] | None = None) -> Iterator[Asked]:
    """For the block; nothing but reading is asked of it."""
    with answering(cluster.answer, PRODUCT if headers is None else headers) as asked:
        yield asked
    assert all(each.method in READING or each.path == MAY_I for each in asked.requests)


def checked(**section: Any) -> dict[str, Check]:
    """By name; each name comes once."""
    checks = list(check_elasticsearch(load_settings(None, {"elasticsearch": section})))
    found = {check.name: check for check in checks}
    assert len(found) == len(checks)
    assert KEY not in f"{checks}" and "the-id" not in f"{checks}"
    return found


def test_no_elasticsearch_no_check() -> None:
    """It is off by default."""
    assert checked() == {}


def test_without_the_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "elasticsearch", None)
    check = checked(hosts=["http://127.0.0.1:1"])["elasticsearch"]
    assert (check.verdict, ".[elasticsearch]" in check.remedy) == (Verdict.FAIL, True)


def test_a_store_without_a_cluster_is_told() -> None:
    """The start would say the same."""
    (check,) = check_elasticsearch(load_settings(None, {"store": {"kind": "elasticsearch"}}))
    assert (check.verdict, "elasticsearch.hosts is not set" in check.seen) == (Verdict.FAIL, True)


def test_a_cluster_that_only_commands_use_is_asked_no_more_than_who_it_is_and_how() -> None:
    """There nothing of ours need be."""
    with running(Cluster()) as server:
        found = checked(hosts=[server.url])
    assert found["elasticsearch"].seen == f"{server.url} answers, version 9.4.3"
    assert found["elasticsearch health"].seen == "green, 3 nodes"
    assert len(found) == 2 and {check.verdict for check in found.values()} == {Verdict.OK}


@pytest.mark.parametrize(
    ("version", "verdict"),
    [("8.14.3", Verdict.FAIL), ("8.15.0", Verdict.OK), ("9.4.3-SNAPSHOT", Verdict.OK), ("10.0.0", Verdict.WARN)],
)
def test_a_version_is_judged(version: str, verdict: Verdict) -> None:
    """Too old ends it: what is asked then may not be there."""
    with running(Cluster(version=version)) as server:
        found = checked(hosts=[server.url])
    assert found["elasticsearch"].verdict is verdict
    assert ("elasticsearch health" in found) == (verdict is not Verdict.FAIL)


@pytest.mark.parametrize(
    ("status", "verdict"), [("green", Verdict.OK), ("yellow", Verdict.WARN), ("red", Verdict.FAIL)]
)
def test_health_is_judged_by_its_colour(status: str, verdict: Verdict) -> None:
    """Red lacks data, yellow copies."""
    with running(Cluster(status=status)) as server:
        assert checked(hosts=[server.url])["elasticsearch health"].verdict is verdict


def test_what_is_missing_in_the_cluster_names_the_command_that_makes_it() -> None:
    """Here 16 templates, of 28 things."""
    with running(Cluster()) as server:
        setup = checked(hosts=[server.url], **EXPORT)["elasticsearch setup"]
    assert (setup.verdict, setup.seen.split(",")[0]) == (Verdict.FAIL, "16 of 28 missing")
    assert "`correlator elasticsearch setup`" in setup.remedy and "`correlator elasticsearch check`" in setup.remedy


def test_a_disk_beyond_its_flood_stage_is_told() -> None:
    """Elasticsearch takes nothing until there is room."""
    with running(Cluster(blocked=(".ds-traces-1", ".ds-logs-1"))) as server:
        disk = checked(hosts=[server.url], **EXPORT)["elasticsearch disk"]
    assert (disk.verdict, disk.seen.startswith("2 of our indices")) == (Verdict.FAIL, True)
    with running(Cluster()) as server:
        assert checked(hosts=[server.url], **EXPORT)["elasticsearch disk"].verdict is Verdict.OK


def test_a_key_of_the_least_privileges_is_fine_though_it_sees_less() -> None:
    """The roles that we ship see no version, no health, no templates."""
    unseen = ("/", "/_cluster/health", "/_component_template", "/_index_template")
    with running(Cluster(unseen=unseen)) as server:
        found = checked(hosts=[server.url], api_key=KEY, **EXPORT)
    assert {check.verdict for check in found.values()} == {Verdict.OK}
    assert "cluster privilege monitor" in found["elasticsearch"].seen
    assert "templates are not shown to this key" in found["elasticsearch setup"].seen
    assert found["elasticsearch privileges"].seen == "all of exporter"
    assert "elasticsearch health" not in found


def test_a_privilege_that_is_lacking_is_named_with_the_key_and_the_role(tmp_path: Path) -> None:
    """For each part that the engine plays."""
    file = tmp_path / "key"
    file.write_text(KEY)
    reads = [{"index": "filebeat-*", "kind": "ecs"}]
    with running(Cluster(lacks=frozenset({"read"}))) as server:
        found = checked(hosts=[server.url], api_key_file=str(file), reads=reads, **EXPORT)
    check = found["elasticsearch privileges"]
    assert check.verdict is Verdict.FAIL
    assert f"elasticsearch.api_key_file = {str(file)!r}: for exporter it lacks read on traces-generic" in check.seen
    assert "for reader it lacks read on filebeat-*" in check.seen
    assert "`correlator elasticsearch roles exporter` and `correlator elasticsearch roles reader`" in check.remedy


@pytest.mark.parametrize(
    ("proof", "named"),
    [({"api_key": KEY}, "elasticsearch.api_key:"), ({}, "set elasticsearch.api_key_file")],
)
def test_who_is_not_known_is_told_where_its_secret_is(proof: dict[str, str], named: str) -> None:
    """401 is of the key; 403 is of its role."""
    with running(Cluster(refusal=refused(401, "security_exception"))) as server:
        check = checked(hosts=[server.url], **proof)["elasticsearch"]
    assert (check.verdict, "answers 401" in check.seen, named in check.remedy) == (Verdict.FAIL, True, True)


@pytest.mark.parametrize(
    ("cluster", "headers"),
    [
        (Cluster(refusal=(403, {"message": "a proxy's"})), {}),
        (Cluster(refusal=(404, "nothing here")), {}),
        (Cluster(), {"x-other-product": "OpenSearch"}),
    ],
    ids=["proxy", "another-server", "another-product"],
)
def test_what_is_no_elasticsearch_is_told(cluster: Cluster, headers: dict[str, str]) -> None:
    """A 403 of a proxy is none of a role."""
    with running(cluster, headers) as server:
        check = checked(hosts=[server.url])["elasticsearch"]
    assert (check.verdict, "elasticsearch.hosts" in check.remedy) == (Verdict.FAIL, True)


def test_a_node_that_is_gone_is_noted_where_another_answers(nobody_url: str) -> None:
    """The client asks another; with no other it is a failure."""
    with running(Cluster()) as server:
        gone, there, *_ = check_elasticsearch(
            load_settings(None, {"elasticsearch": {"hosts": [nobody_url, server.url]}})
        )
    assert (gone.verdict, there.verdict) == (Verdict.WARN, Verdict.OK)
    assert gone.seen.startswith(f"{nobody_url} does not answer (Connection refused)")
    assert checked(hosts=[nobody_url])["elasticsearch"].verdict is Verdict.FAIL


def test_tls_where_there_is_none_names_the_settings_of_it() -> None:
    """Or an authority that is not trusted: the client tells both alike."""
    with running(Cluster()) as server:
        check = checked(hosts=[server.url.replace("http:", "https:")])["elasticsearch"]
    assert (check.verdict, "elasticsearch.ca_file" in check.remedy) == (Verdict.FAIL, True)


def test_files_that_cannot_be_read_are_told_and_a_secret_in_the_open(tmp_path: Path, nobody_url: str) -> None:
    """192.0.2.0/24 is for documentation (RFC 5737): nobody is asked there."""
    check = checked(hosts=[nobody_url], api_key_file=str(tmp_path / "none"))["elasticsearch"]
    assert (check.verdict, "elasticsearch.api_key_file" in check.seen) == (Verdict.FAIL, True)
    exposed = load_settings(None, {"elasticsearch": {"hosts": ["http://192.0.2.1:9200"], "api_key": KEY}})
    first = next(check_elasticsearch(exposed))
    assert (first.verdict, "unencrypted" in first.seen) == (Verdict.WARN, True)
