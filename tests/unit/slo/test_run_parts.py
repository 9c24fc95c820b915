"""Executions from their parts."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.model.run import RunKey, RunPart, Telling
from correlator.slo.run_parts import DATABASE, MAIN, WORKER, Node, execution_of, with_node, with_telling

KEY = RunKey("w1", "7")


def telling(status: str = "success", authority: int = MAIN, ended: int = 100, started: int = 10) -> Telling:
    return Telling(authority, status, started, ended, "trigger", "Orders", "n8n", "n8n", "{}")


def part(*tellings: Telling, nodes: tuple[Node, ...] = (), ref: str = "a") -> RunPart:
    made = RunPart(ref)
    for each in nodes:
        made = with_node(made, each)
    for one in tellings:
        made = with_telling(made, KEY, one)
    return made


def test_nodes_alone_are_no_execution() -> None:
    """Which it is, only its own span says."""
    assert execution_of([part(nodes=(Node("Fetch", 5, 1, False),))]) is None
    assert execution_of([]) is None


def test_a_run_is_made_of_all_parts() -> None:
    """From the first start to the last end; what its last node gave out; each failed node once."""
    first = part(telling("waiting", ended=50), nodes=(Node("Fetch", 40, 9, True),))
    second = part(telling(started=60), nodes=(Node("Send", 90, 2, False), Node("Fetch", 80, 4, True)), ref="b")
    found = execution_of([first, second])
    assert found is not None
    run = found.run
    assert (run.key, run.started_unix_nano, run.stopped_unix_nano) == (KEY, 10, 100)
    assert (run.items, run.items_unix_nano, run.failed_nodes) == (2, 90, ("Fetch",))
    assert (run.is_success, run.mode, run.service) == (True, "trigger", "n8n")


def test_one_that_waits_has_not_ended() -> None:
    """Whoever says it last."""
    found = execution_of([part(telling("waiting"), telling("running", DATABASE))])
    assert found is not None
    assert found.run.stopped_unix_nano is None
    assert not found.has_failed


def test_the_database_stands_over_workers_and_these_over_main() -> None:
    """Each corrects to good as to bad, in any order."""
    said = (telling("success", MAIN), telling("error", WORKER), telling("success", DATABASE, ended=120))
    for order in permutations(said):
        found = execution_of([part(*order)])
        assert found is not None
        assert (found.has_failed, found.run.stopped_unix_nano) == (False, 120)
    worker = execution_of([part(*said[:2])])
    assert worker is not None
    assert worker.has_failed


def test_a_cancel_is_no_failure() -> None:
    """Of equals it stands over a failure, which stands over a success."""
    canceled = execution_of([part(telling("error"), telling("canceled", ended=1))])
    assert canceled is not None
    assert (canceled.is_canceled, canceled.has_failed, canceled.run.is_success) == (True, False, False)


TELLINGS = st.builds(
    telling,
    status=st.sampled_from(["success", "error", "waiting", "canceled", "crashed", "new"]),
    authority=st.sampled_from([MAIN, WORKER, DATABASE]),
    ended=st.integers(20, 24),
    started=st.integers(1, 4),
)
NODES = st.builds(Node, st.sampled_from("abc"), st.integers(1, 4), st.none() | st.integers(0, 3), st.booleans())


@pytest.mark.parametrize("statuses", [("error", "crashed"), ("waiting", "new")])
def test_of_two_words_that_weigh_the_same_one_stands_in_any_order(statuses: tuple[str, str]) -> None:
    """All else about them is equal."""
    said = [telling(status) for status in statuses]
    assert part(*said) == part(*reversed(said))


@given(told=st.lists(TELLINGS | NODES, max_size=8), seed=st.randoms(use_true_random=False))
def test_order_and_doubles_change_nothing(told: list[Telling | Node], seed: object) -> None:
    """The same parts come of the same tellings."""
    again = [*told, *told[:2]]
    seed.shuffle(again)  # type: ignore[attr-defined]

    def made(of: list[Telling | Node]) -> RunPart:
        result = RunPart("a")
        for each in of:
            result = with_telling(result, KEY, each) if isinstance(each, Telling) else with_node(result, each)
        return result

    assert made(again) == made(told)
