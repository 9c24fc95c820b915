"""What requests are called."""

from correlator.store.contract import Frame
from correlator.store.elasticsearch.requests.request_id import RequestIds


def frame(origin: str = "") -> Frame:
    return Frame("traces", "protobuf", 1, b"x", origin)


def test_requests_of_one_engine_have_ids_that_grow() -> None:
    """Two of the same bytes are two; the part that they share comes first."""
    ids = RequestIds()
    names = [ids.of(frame()) for _ in range(20)]
    assert names == sorted(set(names))
    assert all(name.startswith(ids.writer) for name in names)


def test_two_engines_never_give_one_id() -> None:
    """Though they start in one millisecond."""
    assert RequestIds().of(frame()) != RequestIds().of(frame())


def test_an_origin_names_the_request_for_every_engine() -> None:
    """So it is recorded once, whoever fetches it again."""
    origin = "kafka:otlp/3/1024"
    assert RequestIds().of(frame(origin)) == RequestIds().of(frame(origin)) == "origin:kafka:otlp/3/1024"
    assert RequestIds().of(frame(origin)) != RequestIds().of(frame("kafka:otlp/3/1025"))


def test_an_origin_that_no_id_can_be_is_told_by_its_digest() -> None:
    """Too long, or no ASCII: still one id for one origin, and short enough."""
    for origin in ("k" * 5_000, "kafka:zürich/1/2", "a\nb"):
        name, again = RequestIds().of(frame(origin)), RequestIds().of(frame(origin))
        assert name == again
        assert len(name) < 100
        assert name.isprintable()
        assert name.isascii()
