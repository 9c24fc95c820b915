"""A client that gives a value for everything that Prometheus, or what stands in its place, may answer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from correlator.doors.prometheus.client import PrometheusClient, Reason, Refusal
from correlator.doors.prometheus.document import Answer
from correlator.errors import SettingsError
from tests.unit.doors.misbehaving import Misbehaviour
from tests.unit.doors.prometheus.fake_prometheus import FakePrometheus, fake_prometheus

TOKEN = "token-8f14e45f"
BAD = b'{"status":"error","errorType":"bad_data","error":"invalid parameter: parse error\\nat char 3"}'
TOO_MANY = (
    b'{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}'
)
MakeClient = Callable[..., PrometheusClient]


@pytest.fixture
def prometheus() -> Iterator[FakePrometheus]:
    with fake_prometheus() as running:
        yield running


@pytest.fixture
def client_of() -> Iterator[MakeClient]:
    """Makes clients, and closes them."""
    made: list[PrometheusClient] = []

    def make(url: str, read_token: Callable[[], str] = lambda: TOKEN, **given: Any) -> PrometheusClient:
        made.append(PrometheusClient(url, read_token, **({"timeout_s": 20.0} | given)))
        return made[-1]

    yield make
    for client in made:
        client.close()


def refused(answer: Answer | Refusal) -> Refusal:
    assert isinstance(answer, Refusal), answer
    return answer


def test_samples_come_with_their_own_times(prometheus: FakePrometheus, client_of: MakeClient) -> None:
    """The first instant left out, the last taken in; milliseconds kept; what Prometheus remarks is told."""
    prometheus.samples["up"] = {"a": [(60.0, 1.0), (60.25, 2.0), (119.999, 3.0), (120.0, 4.0), (120.001, 5.0)]}
    prometheus.warnings = ["half of the data is missing"]
    answer = client_of(prometheus.url).samples("up", 60, 120)
    assert isinstance(answer, Answer)
    (series,) = answer.series
    assert series.labels == (("instance", "a"),)
    assert series.times_ms.tolist() == [60_250, 119_999, 120_000]
    assert series.values.tolist() == [2.0, 3.0, 4.0]
    assert answer.warnings == ("half of the data is missing",)


def test_values_come_at_steps(prometheus: FakePrometheus, client_of: MakeClient) -> None:
    """Both ends taken in."""
    prometheus.samples["a + b"] = {"": [(59.0, 1.0), (110.0, 2.0)]}
    answer = client_of(prometheus.url).values("a + b", 60, 180, 60)
    assert isinstance(answer, Answer)
    assert answer.series[0].times_ms.tolist() == [60_000, 120_000, 180_000]
    assert answer.series[0].values.tolist() == [1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (Misbehaviour(401), Reason.UNAUTHORIZED),
        (Misbehaviour(403), Reason.UNAUTHORIZED),
        (Misbehaviour(400, BAD), Reason.BAD_QUERY),
        (Misbehaviour(422, BAD), Reason.BAD_QUERY),
        (Misbehaviour(422, TOO_MANY), Reason.TOO_LARGE),
        (Misbehaviour(400, b"<html>a proxy"), Reason.NOT_PROMETHEUS),
        (Misbehaviour(404), Reason.NOT_PROMETHEUS),
        (Misbehaviour(302, headers={"location": "http://elsewhere.test/"}), Reason.NOT_PROMETHEUS),
        (Misbehaviour(429), Reason.THROTTLED),
        (Misbehaviour(503), Reason.SERVER_ERROR),
        (Misbehaviour(500, b"x" * 100_000), Reason.SERVER_ERROR),
        (Misbehaviour(body=b"<html>a console</html>"), Reason.NOT_PROMETHEUS),
        (Misbehaviour(body=b"[" * 100_000), Reason.NOT_PROMETHEUS),
        (Misbehaviour(body=b"{}"), Reason.NOT_PROMETHEUS),
        (Misbehaviour(body=b'{"status":"error","error":"no"}'), Reason.NOT_PROMETHEUS),
        (Misbehaviour(body=b'{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}'), Reason.NOT_PROMETHEUS),
        (Misbehaviour(body=b'{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,"x"]]}]}}'), Reason.NOT_PROMETHEUS),
        (Misbehaviour(0), Reason.UNREACHABLE),
        (Misbehaviour(delay_s=0.5), Reason.TIMEOUT),
        (Misbehaviour(body=b"x" * 100, drip_s=0.02), Reason.TIMEOUT),
        (Misbehaviour(body=b" " * 300_000), Reason.TOO_LARGE),
    ],
)  # fmt: skip
def test_every_way_to_fail_is_a_value(
    prometheus: FakePrometheus, told: Misbehaviour, reason: Reason, client_of: MakeClient
) -> None:
    """Never an exception, never the token, and always a remedy."""
    prometheus.always = told
    timeout_s = 0.3 if reason is Reason.TIMEOUT else 20.0
    refusal = refused(client_of(prometheus.url, timeout_s=timeout_s, max_bytes=200_000).samples("up", 0, 60))
    assert refusal.reason is reason
    assert TOKEN not in str(refusal) and "; " in str(refusal)
    assert "\n" not in str(refusal)


def test_a_server_that_is_not_there_is_unreachable(client_of: MakeClient) -> None:
    """With the words of the operating system."""
    refusal = refused(client_of("http://127.0.0.1:1").samples("up", 0, 60))
    assert (refusal.reason, refusal.detail) == (Reason.UNREACHABLE, "Connection refused")


def test_what_passes_soon_is_asked_for_again(prometheus: FakePrometheus, client_of: MakeClient) -> None:
    """Up to three times."""
    prometheus.misbehave = [Misbehaviour(503), Misbehaviour(429)]
    assert isinstance(client_of(prometheus.url).samples("up", 0, 60), Answer)
    assert len(prometheus.asked) == 3


@pytest.mark.parametrize(
    ("token", "header"),
    [("", None), ("abc.def", "Bearer abc.def"), ("user:pass:word", "Basic dXNlcjpwYXNzOndvcmQ=")],
)
def test_a_token_is_bearer_and_a_pair_is_basic(
    prometheus: FakePrometheus, token: str, header: str | None, client_of: MakeClient
) -> None:
    """A bearer token never holds a colon."""
    client_of(prometheus.url, lambda: token).samples("up", 0, 60)
    assert prometheus.authorizations == [header]


def test_a_token_that_cannot_be_read_is_a_value(prometheus: FakePrometheus, client_of: MakeClient) -> None:
    """And nothing is asked."""

    def unreadable() -> str:
        raise SettingsError("slo.prometheus_token_file = 'x': No such file or directory; make it readable")

    refusal = refused(client_of(prometheus.url, unreadable).samples("up", 0, 60))
    assert refusal.reason is Reason.NO_TOKEN and "No such file" in str(refusal)
    assert prometheus.asked == []
