"""What the lists tell over turns: which n8n it is, though rows change and go."""

from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from correlator.doors.n8n_rest.client import N8nClient
from correlator.doors.n8n_rest.ledger import State
from correlator.doors.n8n_rest.listing import Walk
from tests.unit.doors.n8n_rest.fake_n8n import KEY, FakeN8n, fake_n8n

T0 = 1_795_234_000.0
Turn = Callable[[], list[str]]


@pytest.fixture
def n8n() -> Iterator[FakeN8n]:
    with fake_n8n() as running:
        yield running


@pytest.fixture
def turn(n8n: FakeN8n) -> Iterator[Turn]:
    """Walks the lists once, with one state over all turns; gives the warnings that were logged."""
    client = N8nClient(n8n.url, lambda: KEY, timeout_s=2.0, requests_per_second=1_000.0)
    state = State(n8n.url, int((T0 - 3_600) * 1e9))

    def walk() -> list[str]:
        with capture_logs() as events:
            assert Walk(client, state, 20, lambda: False).run() is None
        return [each["event"] for each in events if each["log_level"] == "warning"]

    yield walk
    client.close()


@pytest.mark.parametrize("status", ["waiting", "running", "new"])
def test_what_begins_again_is_no_other_n8n(n8n: FakeN8n, turn: Turn, status: str) -> None:
    """n8n before it kept the first start: a worker that takes or resumes an execution sets it anew."""
    n8n.add(1, at_s=T0, status=status, stoppedAt=None)
    turn()
    n8n.add(1, at_s=T0 + 60, status="success")
    assert turn() == []


def test_what_ended_does_not_begin_again_in_the_same_n8n(n8n: FakeN8n, turn: Turn) -> None:
    """The same id, started at another time: this is another n8n."""
    n8n.add(1, at_s=T0)
    turn()
    n8n.add(1, at_s=T0 + 60)
    assert turn() == ["n8n_was_reset"]


def test_one_that_ran_and_is_of_another_workflow_is_another(n8n: FakeN8n, turn: Turn) -> None:
    """Workflows' ids do not come again by chance."""
    n8n.add(1, at_s=T0, status="running", stoppedAt=None)
    turn()
    n8n.add(1, at_s=T0 + 60, workflowId="anotherWorkflow1")
    assert turn() == ["n8n_was_reset"]


def test_the_newest_that_goes_before_it_began_is_no_reset(n8n: FakeN8n, turn: Turn) -> None:
    """It was queued, and is deleted (or just runs, between two lists): all older ones began later than never."""
    n8n.add(1, at_s=T0)
    n8n.add(2, at_s=T0, status="new", startedAt=None, stoppedAt=None)
    turn()
    del n8n.executions[2]
    assert turn() == []
