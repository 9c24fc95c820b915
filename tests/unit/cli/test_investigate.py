"""correlator investigate, and what it takes for an answer."""

from typing import Any

import pytest

from correlator.cli.exits import ExitCode
from tests.unit.cli.conftest import Cli
from tests.unit.elasticsearch.stand_in import Answer, Asked, stand_in

MAY_ALL = {"read": True}
MAY_NOTHING = {"read": False}
NO_SECURITY = Answer({"error": "no handler found for uri [/_security/user/_has_privileges] and method [POST]"}, 400)
NOTHING_FOUND = Answer({"id": "pit", "pit_id": "pit", "hits": {"total": {"value": 0, "relation": "eq"}, "hits": []}})


class Empty:
    """A cluster without documents, whose key may read what `granted` says."""

    def __init__(self, granted: dict[str, dict[str, bool]] | None) -> None:
        self.granted = granted
        self.asked_for: list[str] = []

    def answer(self, asked: Asked) -> Answer:
        if not asked.path.endswith("/_has_privileges"):
            return NOTHING_FOUND
        if self.granted is None:
            return NO_SECURITY
        (wanted,) = asked.json["index"]
        self.asked_for += wanted["names"]
        index = {name: self.granted.get(name, MAY_NOTHING) for name in wanted["names"]}
        return Answer({"has_all_requested": False, "cluster": {}, "index": index})


def investigated(cli: Cli, cluster: Empty, *arguments: str) -> Any:
    with stand_in(cluster.answer) as url:
        hosts = f'["{url}"]'
        return cli("investigate", "--elasticsearch", *arguments, CORRELATOR_ELASTICSEARCH__HOSTS=hosts)


def test_a_key_that_may_not_read_finds_no_all_clear(cli: Cli) -> None:
    """Elasticsearch leaves out of a search what the key may not read: nothing found would say that nothing failed."""
    answer = investigated(cli, Empty({"traces-*.otel-*": MAY_ALL}))
    assert answer.exit_code == ExitCode.WRONG_USE
    assert "lacks read on logs-*.otel-*; give it the role that `correlator elasticsearch roles reader` prints" in (
        answer.stderr
    )
    assert not answer.stdout


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_cluster_that_cannot_say_what_may_be_read_finds_no_all_clear(cli: Cli, status: int) -> None:
    """It is no cluster without security."""

    def answer(asked: Asked) -> Answer:
        return Answer({"error": "not now"}, status) if asked.path.endswith("/_has_privileges") else NOTHING_FOUND

    with stand_in(answer) as url:
        told = cli("investigate", "--elasticsearch", CORRELATOR_ELASTICSEARCH__HOSTS=f'["{url}"]')
    assert told.exit_code == ExitCode.CANNOT_REACH
    assert not told.stdout


@pytest.mark.parametrize("granted", [None, {"traces-*.otel-*": MAY_ALL, "logs-*.otel-*": MAY_ALL}])
def test_nothing_found_is_told_where_all_may_be_read(cli: Cli, granted: dict[str, dict[str, bool]] | None) -> None:
    """As without security, where nobody can be refused."""
    answer = investigated(cli, Empty(granted))
    assert answer.exit_code == ExitCode.DONE
    assert "no documents there" in answer.stdout


def test_only_of_the_cluster_itself_is_asked_what_the_key_may(cli: Cli) -> None:
    """A remote one has roles of its own."""
    cluster = Empty({"shop": MAY_ALL, "bank": MAY_ALL})
    answer = investigated(cli, cluster, "--index", "west:traces-*", "--index", "shop,bank,-shop-old")
    assert (answer.exit_code, cluster.asked_for) == (ExitCode.DONE, ["shop", "bank"])
