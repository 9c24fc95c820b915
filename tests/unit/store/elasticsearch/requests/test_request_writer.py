"""How requests become groups, and in which order those are committed."""

import threading
from collections.abc import Sequence

import pytest

from correlator.errors import Overloaded, StorageFull, Unavailable
from correlator.store.contract import Frame
from correlator.store.elasticsearch.requests.request_writer import GROUP_BYTES, Failed, Outcome, Request, RequestWriter
from tests.conformance.records import tables


class Recording:
    """Keeps what it is given, as a server would. `first_may_go_on` holds up the group that has the request 0."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.first_may_go_on = threading.Event()
        self.first_may_go_on.set()
        self.written: list[str] = []
        self.committed: list[str] = []

    def write(self, group: Sequence[Request]) -> Failed:
        if any(request.id == "0" for request in group):
            self.first_may_go_on.wait(60)
        if self.refusal is not None:
            raise self.refusal
        self.written += [request.id for request in group]
        return {request.id: StorageFull("full") for request in group if request.id == "bad"}

    def commit(self, group: Sequence[Request], failed: Failed) -> Sequence[Outcome]:
        self.committed += [request.id for request in group]
        return [failed.get(request.id, len(self.committed)) for request in group]


def request(name: str, size: int = 1) -> Request:
    return Request(name, Frame("traces", "protobuf", 1, bytes(size)), tables())


def test_groups_are_committed_in_the_order_of_their_requests() -> None:
    """Though a later one was written sooner."""
    recording = Recording()
    recording.first_may_go_on.clear()
    writer = RequestWriter(recording, 100 * GROUP_BYTES)
    futures = [writer.submit(request(str(number), GROUP_BYTES)) for number in range(5)]
    while "1" not in recording.written:
        assert recording.committed == []
    recording.first_may_go_on.set()
    for future in futures:
        future.result(30)
    writer.close()
    assert recording.committed == ["0", "1", "2", "3", "4"]


def test_a_request_fails_alone() -> None:
    """Its neighbours in the group get their positions."""
    recording = Recording()
    recording.first_may_go_on.clear()
    writer = RequestWriter(recording, GROUP_BYTES)
    held = [writer.submit(request(name)) for name in ("0", "1", "bad", "2")]
    recording.first_may_go_on.set()
    assert [isinstance(each.exception(30), StorageFull) for each in held] == [False, False, True, False]
    writer.close()


@pytest.mark.parametrize("refusal", [Overloaded("busy", retry_after_s=3), ValueError("a bug")])
def test_what_goes_wrong_with_a_group_reaches_its_senders(refusal: Exception) -> None:
    """As something to try again later; the next group is written all the same."""
    recording = Recording(refusal)
    writer = RequestWriter(recording, GROUP_BYTES)
    with pytest.raises(Unavailable):
        writer.submit(request("1")).result(30)
    recording.refusal = None
    assert writer.submit(request("2")).result(30) > 0
    writer.close()


def test_more_than_may_wait_is_refused_at_once() -> None:
    """While the server holds up what was taken; one request alone always finds place."""
    recording = Recording()
    recording.first_may_go_on.clear()
    writer = RequestWriter(recording, 10)
    futures = [writer.submit(request("0", 100))]
    while len(futures) < 50:
        futures.append(writer.submit(request("0", 8)))
    assert any(isinstance(each.exception(30), Overloaded) for each in futures if each.done())
    recording.first_may_go_on.set()
    writer.close()
    assert all(each.done() for each in futures)


def test_what_waits_at_the_end_is_recorded_and_nothing_after() -> None:
    """Closing waits for it."""
    recording = Recording()
    writer = RequestWriter(recording, GROUP_BYTES)
    futures = [writer.submit(request(str(number))) for number in range(10)]
    writer.close()
    assert all(each.done() and each.exception() is None for each in futures)
    with pytest.raises(Unavailable, match="closed"):
        writer.submit(request("late")).result(30)
