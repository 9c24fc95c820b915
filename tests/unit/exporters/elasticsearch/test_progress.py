"""What is known of documents on their way."""

import pyarrow as pa

from exporters.delivery import Parcel, RefusedPart
from exporters.elasticsearch.progress import Progress


def parcel(position: int, kind: str = "traces/protobuf") -> Parcel:
    return Parcel(position, kind, 1, b"")


def test_what_came_before_the_start_is_doubtful_until_nothing_of_its_kind_was_found() -> None:
    """Kinds go out each in its own order."""
    progress = Progress(sent_before=10)
    assert progress.is_doubtful(parcel(9))
    assert not progress.is_doubtful(parcel(10))
    progress.trust("traces/protobuf")
    assert not progress.is_doubtful(parcel(9))
    assert progress.is_doubtful(parcel(9, "logs/protobuf"))


def test_a_request_without_an_answer_is_doubtful_until_it_is_finished() -> None:
    """Also where those before the start are trusted."""
    progress = Progress(sent_before=0)
    progress.doubt(5)
    assert progress.is_doubtful(parcel(5))
    assert progress.finish([parcel(5)]) == ()
    assert not progress.is_doubtful(parcel(5))


def test_settled_documents_are_not_sent_again_and_refused_ones_are_told_at_the_end() -> None:
    """Of requests that were given up nothing is remembered."""
    progress = Progress(sent_before=0)
    part = RefusedPart(parcel(5), "answers 400")
    progress.settle(5, pa.array(["a", "c"]))
    progress.settle(5, pa.array(["d"]))
    progress.refuse("b", part)
    assert (progress.settled(5), progress.settled(6)) == ({"a", "b", "c", "d"}, set())
    progress.forget_before(5)
    assert progress.finish([parcel(5)]) == (part,)
    progress.refuse("b", part)
    progress.forget_before(6)
    assert progress.finish([parcel(5)]) == ()
