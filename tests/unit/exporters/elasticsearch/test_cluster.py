"""What a whole request's answer comes to, document by document."""

from collections.abc import Iterator

import pytest

from correlator.elasticsearch import Connection
from correlator.elasticsearch.connection import ApiKey
from correlator.elasticsearch.documents import Document, bulk_body
from correlator.errors import SettingsError
from exporters.delivery import TryAgain
from exporters.elasticsearch.answers import TAKEN, ItemAnswer, Meaning
from exporters.elasticsearch.cluster import Cluster
from tests.unit.exporters.elasticsearch.servers import Server, server

DOCUMENTS = [Document("traces", f"{number}", b'{"n":%d}' % number) for number in range(8)]


@pytest.fixture
def there() -> Iterator[Server]:
    with server() as told:
        yield told


@pytest.fixture
def cluster(there: Server) -> Iterator[Cluster]:
    cluster = Cluster(Connection(hosts=(there.url,), timeout_s=5.0))
    yield cluster
    cluster.close()


def test_a_request_that_is_too_large_is_halved(there: Server, cluster: Cluster) -> None:
    """All of it arrives, in its order."""
    whole = len(bulk_body(DOCUMENTS))
    there.status_of = lambda size: 413 if size > whole // 3 else 200
    assert cluster.write(DOCUMENTS, bulk_body) == [TAKEN] * 8
    assert there.taken == [document.id for document in DOCUMENTS]


def test_one_document_that_is_too_large_is_refused_and_its_neighbours_are_taken(
    there: Server, cluster: Cluster
) -> None:
    """However they were grouped."""
    large = Document("traces", "large", b'{"n":"%s"}' % (b"x" * 5_000))
    there.status_of = lambda size: 413 if size > 4_000 else 200
    answers = cluster.write([*DOCUMENTS[:3], large, *DOCUMENTS[3:]], bulk_body)
    assert [answer.meaning for answer in answers] == [Meaning.TAKEN] * 3 + [Meaning.NEVER] + [Meaning.TAKEN] * 5
    assert answers[3].reason == "answers 413 refused"


@pytest.mark.parametrize(("status", "is_known"), [(429, True), (401, True), (503, False), (502, False), (504, False)])
def test_what_cannot_be_taken_now_is_asked_again_as_late_as_it_says(
    there: Server, cluster: Cluster, status: int, is_known: bool
) -> None:
    """Of a failure of the server nobody knows what it had written."""
    there.status_of, there.headers = lambda size: status, {"retry-after": "7"}
    answers = cluster.write(DOCUMENTS, bulk_body)
    assert {(each.meaning, each.is_known, each.retry_after_s) for each in answers} == {(Meaning.AGAIN, is_known, 7.0)}


@pytest.mark.parametrize("status", [302, 400, 405, 407])
def test_what_stands_before_the_cluster_refuses_no_document(there: Server, cluster: Cluster, status: int) -> None:
    """Its pages are none of Elasticsearch's answers: each document would become a dead letter."""
    there.status_of, there.refused = lambda size: status, "<html>sign in</html>"
    answers = cluster.write(DOCUMENTS, bulk_body)
    assert {(each.meaning, each.is_known) for each in answers} == {(Meaning.AGAIN, True)}
    assert len(there.authorizations) == 1


def test_what_answers_well_and_is_no_elasticsearch_is_told(there: Server, cluster: Cluster) -> None:
    """Whether something was written nobody knows: a proxy may have taken the header away."""
    there.headers = {"X-Elastic-Product": "Other"}
    (answer,) = cluster.write(DOCUMENTS[:1], bulk_body)
    assert (answer.meaning, answer.is_known) == (Meaning.AGAIN, False)
    assert "answers 200, not as Elasticsearch does; correct elasticsearch.hosts" in answer.reason


def test_a_document_is_not_held_to_be_missing_while_a_shard_is(there: Server, cluster: Cluster) -> None:
    """Nor while one cannot be refreshed: it would be written twice."""
    assert cluster.found("traces", ["0"]) == set()
    there.missing = 1
    with pytest.raises(TryAgain, match="answers 503"):
        cluster.found("traces", ["0"])
    there.missing, there.not_refreshed = 0, 1
    with pytest.raises(TryAgain, match="not all shards could be refreshed"):
        cluster.found("traces", ["0"])


def test_nobody_knows_what_became_of_a_request_without_an_answer() -> None:
    """The reason names the host, and what the system says of it."""
    cluster = Cluster(Connection(hosts=("http://127.0.0.1:9",), timeout_s=2.0))
    (answer,) = cluster.write(DOCUMENTS[:1], bulk_body)
    assert answer == ItemAnswer(
        Meaning.AGAIN, "does not answer at http://127.0.0.1:9 (Connection refused); is it running?", is_known=False
    )


@pytest.mark.parametrize(("status", "remedy"), [(401, "api_key_file"), (403, "roles exporter")])
def test_a_key_that_was_refused_is_read_anew(there: Server, status: int, remedy: str) -> None:
    """Until it is another, what to do is told; from then on that is used, and not read again."""
    keys = iter(("b2xk", "b2xk", "bmV3", "bmV2ZXI="))
    cluster = Cluster(Connection(hosts=(there.url,), read_credentials=lambda: ApiKey(next(keys))))
    there.status_of = lambda size: status if there.authorizations[-1] == "ApiKey b2xk" else 200
    assert remedy in cluster.write(DOCUMENTS[:1], bulk_body)[0].reason
    for _ in range(2):
        assert cluster.write(DOCUMENTS[:1], bulk_body) == [TAKEN]
    assert there.authorizations == ["ApiKey b2xk", "ApiKey b2xk", "ApiKey bmV3", "ApiKey bmV3"]
    cluster.close()


def test_a_key_that_cannot_be_read_is_waited_for(there: Server) -> None:
    """It may be there again the next time."""

    def unreadable() -> ApiKey:
        raise SettingsError("elasticsearch.api_key_file = 'key' cannot be read")

    (answer,) = Cluster(Connection(hosts=(there.url,), read_credentials=unreadable)).write(DOCUMENTS[:1], bulk_body)
    assert (answer.meaning, answer.is_known) == (Meaning.AGAIN, True)
    assert "cannot be asked: elasticsearch.api_key_file" in answer.reason


def test_what_is_sent_may_be_compressed(there: Server, cluster: Cluster) -> None:
    """Once."""
    compressing = Cluster(Connection(hosts=(there.url,), is_gzip=True))
    assert cluster.write(DOCUMENTS[:1], bulk_body) == compressing.write(DOCUMENTS[1:], bulk_body)[:1] == [TAKEN]
    assert there.taken == [document.id for document in DOCUMENTS]
    assert there.encodings == [None, "gzip"]
    compressing.close()
