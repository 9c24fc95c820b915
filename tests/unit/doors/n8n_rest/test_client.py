"""A client that gives a value for everything that n8n, or what stands in its place, may answer."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from correlator.doors.n8n_rest.client import N8nClient, Page, Reason, Refusal
from correlator.errors import SettingsError
from tests.unit.doors.misbehaving import Misbehaviour
from tests.unit.doors.n8n_rest.fake_n8n import KEY, FakeN8n, fake_n8n

MakeClient = Callable[..., N8nClient]


@pytest.fixture
def n8n() -> Iterator[FakeN8n]:
    with fake_n8n() as running:
        yield running


@pytest.fixture
def client_of() -> Iterator[MakeClient]:
    """Makes clients, and closes them."""
    made: list[N8nClient] = []

    def make(n8n: FakeN8n, read_key: Callable[[], str] = lambda: KEY, **given: Any) -> N8nClient:
        made.append(N8nClient(n8n.url, read_key, **({"timeout_s": 20.0, "requests_per_second": 1_000.0} | given)))
        return made[-1]

    yield make
    for client in made:
        client.close()


def refused(answer: object) -> Refusal:
    assert isinstance(answer, Refusal), answer
    return answer


def test_pages_are_followed_by_cursor(n8n: FakeN8n, client_of: MakeClient) -> None:
    """Ids descend; running executions are only in the list of their status."""
    n8n.page_rows = 2
    for number in range(1, 6):
        n8n.add(number, at_s=1_000_000.0 + number, status="running" if number == 4 else "success")
    client = client_of(n8n)
    numbers, cursor = [], None
    while True:
        page = client.page(cursor=cursor)
        assert isinstance(page, Page)
        numbers += [row.number for row in page.rows]
        if (cursor := page.next_cursor) is None:
            break
    assert numbers == [5, 3, 2, 1]
    running = client.page("running")
    assert isinstance(running, Page) and [row.number for row in running.rows] == [4]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (Misbehaviour(401), Reason.UNAUTHORIZED),
        (Misbehaviour(403), Reason.FORBIDDEN),
        (Misbehaviour(404), Reason.NOT_FOUND),
        (Misbehaviour(429, headers={"retry-after": "30"}), Reason.THROTTLED),
        (Misbehaviour(302, headers={"location": "http://elsewhere.test/"}), Reason.NOT_N8N),
        (Misbehaviour(405), Reason.NOT_N8N),
        (Misbehaviour(body=b"<html>the editor</html>"), Reason.NOT_N8N),
        (Misbehaviour(body=b"[]"), Reason.NOT_N8N),
        (Misbehaviour(body=b'{"data": {}}'), Reason.NOT_N8N),
        (Misbehaviour(body=b'{"data": [], "nextCursor": 7}'), Reason.NOT_N8N),
        (Misbehaviour(body=b"[" * 100_000), Reason.NOT_N8N),
        (Misbehaviour(0), Reason.UNREACHABLE),
        (Misbehaviour(delay_s=0.5), Reason.TIMEOUT),
        (Misbehaviour(body=b"x" * 100, drip_s=0.02), Reason.TIMEOUT),
    ],
)
def test_every_way_to_fail_is_a_value(n8n: FakeN8n, told: Misbehaviour, reason: Reason, client_of: MakeClient) -> None:
    """Never an exception, and never the key."""
    n8n.always = told
    answer = refused(client_of(n8n, timeout_s=0.3 if reason is Reason.TIMEOUT else 20.0).page())
    assert answer.reason is reason
    assert KEY not in repr(answer)


def test_nobody_listening_is_unreachable(client_of: MakeClient) -> None:
    """With what the operating system said."""
    with fake_n8n() as gone:
        pass
    answer = refused(client_of(gone).page())
    assert (answer.reason, answer.detail) == (Reason.UNREACHABLE, "Connection refused")
    assert "n8n.base_url" in answer.remedy


def test_a_server_error_is_asked_again_and_forgotten(n8n: FakeN8n, client_of: MakeClient) -> None:
    """Twice 500, then the page."""
    n8n.misbehave = [Misbehaviour(500), Misbehaviour(503, headers={"retry-after": "0"})]
    assert isinstance(client_of(n8n).page(), Page)
    assert len(n8n.asked) == 3


def test_a_lasting_server_error_is_told_after_three_attempts(n8n: FakeN8n, client_of: MakeClient) -> None:
    """What lasts longer is for the next turn."""
    n8n.always = Misbehaviour(500)
    assert refused(client_of(n8n).page()).reason is Reason.SERVER_ERROR
    assert len(n8n.asked) == 3


def test_a_short_retry_after_is_kept_to_and_a_long_one_is_handed_on(n8n: FakeN8n, client_of: MakeClient) -> None:
    """One second is waited for here; thirty are the loop's to wait."""
    n8n.misbehave = [Misbehaviour(429, headers={"retry-after": "1"})]
    since = time.monotonic()
    assert isinstance(client_of(n8n).page(), Page)
    assert time.monotonic() - since >= 1.0
    n8n.misbehave = [Misbehaviour(429, headers={"retry-after": "30"})]
    assert refused(client_of(n8n).page()).retry_after_s == 30.0
    assert len(n8n.asked) == 3


def test_an_answer_over_the_limit_is_not_read_to_its_end(n8n: FakeN8n, client_of: MakeClient) -> None:
    """An execution may hold gigabytes of data."""
    n8n.always = Misbehaviour(body=b"x" * 2_000_000)
    assert refused(client_of(n8n, max_bytes=1_000).execution("1", include_data=True)).reason is Reason.TOO_LARGE


def test_requests_keep_their_distance(n8n: FakeN8n, client_of: MakeClient) -> None:
    """Ten requests at fifty a second take nearly a fifth of a second."""
    client = client_of(n8n, requests_per_second=50.0)
    since = time.monotonic()
    for _ in range(10):
        client.page()
    assert time.monotonic() - since >= 0.17


def test_a_key_that_cannot_be_read_is_a_value_too(n8n: FakeN8n, client_of: MakeClient) -> None:
    """Its file may be replaced while the engine runs."""

    def unreadable() -> str:
        raise SettingsError("n8n.api_key_file = '/gone': No such file or directory; make it readable")

    answer = refused(client_of(n8n, unreadable).page())
    assert answer.reason is Reason.NO_KEY
    assert n8n.asked == []


def test_the_key_is_read_anew_for_each_request(n8n: FakeN8n, client_of: MakeClient) -> None:
    """A rotated key works without a restart."""
    keys = iter(["old", KEY])
    client = client_of(n8n, lambda: next(keys))
    assert refused(client.page()).reason is Reason.UNAUTHORIZED
    assert isinstance(client.page(), Page)


def test_the_key_is_in_no_log_record(n8n: FakeN8n, caplog: pytest.LogCaptureFixture, client_of: MakeClient) -> None:
    """Not even at the level of debugging, by httpx or by what retries."""
    caplog.set_level(logging.DEBUG)
    n8n.misbehave = [Misbehaviour(500), Misbehaviour(0)]
    client = client_of(n8n)
    client.page()
    client.page()
    assert n8n.asked
    assert KEY not in caplog.text and KEY not in repr(client) and KEY not in repr(vars(client))
