"""What one target gets, and what becomes of what it does not take."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from math import isnan
from pathlib import Path
from threading import Thread

import pytest
from structlog.testing import capture_logs

from correlator.errors import StoreError
from exporters.delivery import Bounds, Delivered, Parcel, Refused, RefusedPart, TryAgain
from exporters.delivery.dead_letters import FILE
from tests.unit.exporters.delivery.targets import NOW, Answer, Bench, ListSource, costs, is_down, refuses, take

S = 10**9


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Bench]:
    """Makes a bench in the test's folder."""
    return partial(Bench, tmp_path)


def test_what_waits_goes_out_in_order_joined(made: Callable[..., Bench]) -> None:
    """A page at a time, each kind in a call of its own."""
    bench = made()
    for kind, content in (("traces", b"1"), ("logs", b"2"), ("traces", b"3"), ("logs", b"4"), ("traces", b"5")):
        bench.source.put(content, f"{kind}/protobuf")
    bench.turns(4)
    assert bench.backend.calls == [[b"1", b"3"], [b"2", b"4"], [b"5"]]
    assert (bench.value("sent_total"), bench.value("waiting_bytes"), bench.dropped()) == (5, 0, {})


def test_batches_end_at_their_size(made: Callable[..., Bench]) -> None:
    """One that is larger goes alone, and so does each of a kind that cannot be joined."""
    bench = made(costs=costs(batch_bytes=4))
    for content in (b"12", b"34", b"5", b"larger"):
        bench.source.put(content)
    bench.source.put(b"{}", "traces/json")
    bench.source.put(b"[]", "traces/json")
    bench.turns(6)
    assert bench.backend.calls == [[b"12", b"34"], [b"5"], [b"larger"], [b"{}"], [b"[]"]]


def test_a_new_target_begins_with_what_comes_now(made: Callable[..., Bench]) -> None:
    """And holds the source there at once."""
    source = ListSource()
    source.put(b"before")
    bench = made(source=source)
    assert source.held == 1
    source.put(b"after")
    bench.turns()
    assert bench.backend.taken == [b"after"]


def test_a_parcel_that_is_refused_is_a_dead_letter_and_its_neighbours_go_out(made: Callable[..., Bench]) -> None:
    """The batch is halved until the one is found."""
    bench = made()
    for content in (b"a", b"b", b"bad", b"d"):
        bench.source.put(content)
    bench.backend.answer = refuses(b"bad")
    bench.turns(2)
    assert bench.backend.taken == [b"a", b"b", b"d"]
    (letter,) = bench.letters.all("backend")
    assert (letter.kind, letter.reason, letter.size) == ("traces/protobuf", "answers 400: no", 3)
    assert (bench.value("refused_total"), bench.value("dead_letters"), bench.value("waiting_bytes")) == (1, 1, 0)


def test_a_target_that_is_down_gets_all_once_it_is_back(made: Callable[..., Bench]) -> None:
    """The breaker opens; after its pause one parcel alone asks, then the others follow."""
    bench = made()
    for content in (b"a", b"b", b"c"):
        bench.source.put(content)
    bench.backend.answer = is_down
    bench.turns(3)
    assert len(bench.backend.calls) == 1
    assert (bench.value("breaker_state"), bench.value("waiting_bytes")) == (2, 3)
    assert bench.target.describe() == "backend does not answer, 3 bytes behind"
    bench.seconds += 10.0
    assert bench.value("breaker_state") == 1
    bench.backend.answer = take
    bench.turns(2)
    assert bench.backend.calls[1:] == [[b"a"], [b"b", b"c"]]
    assert (bench.value("breaker_state"), bench.target.failure) == (0, "")


@pytest.mark.parametrize("answer", [take, refuses(b"a")], ids=["taken", "refused"])
def test_a_target_counts_as_reached_from_its_first_answer_on(made: Callable[..., Bench], answer: Answer) -> None:
    """Where nothing is sent, nothing is asked of it."""
    bench = made()
    bench.turns(2)
    assert bench.target.describe() == "backend has been sent nothing yet, 0 bytes behind"
    assert bench.backend.calls == []
    bench.backend.answer = answer
    bench.source.put(b"a")
    bench.turns()
    assert bench.target.describe() == "backend is reached, 0 bytes behind"


def test_another_reason_is_logged_too(made: Callable[..., Bench]) -> None:
    """As a token that is refused once the target is back; not each of its own words."""
    bench = made()
    bench.source.put(b"a")
    reasons = (
        "does not answer at http://a:1 (Connection refused)",
        "does not answer at http://b:1 (Connection refused)",
        "answers 503: a",
        "answers 503: b",
        "answers 401; mend the token",
        "answers 401; mend the token",
    )
    with capture_logs() as logged:
        for reason in reasons:
            bench.backend.answer = partial(_says, reason)
            bench.turns()
            assert bench.target.describe() == f"backend {reason}, 1 bytes behind"
            bench.seconds += 60.0
        bench.backend.answer = take
        bench.turns()
    assert [(each["event"], each.get("reason")) for each in logged] == [
        ("target_not_reached", "does not answer at http://a:1 (Connection refused)"),
        ("target_not_reached", "does not answer at http://b:1 (Connection refused)"),
        ("target_not_reached", "answers 503: a"),
        ("target_not_reached", "answers 401; mend the token"),
        ("target_reached_again", None),
    ]


def test_metrics_are_shown_though_the_letters_cannot_be_read(made: Callable[..., Bench], tmp_path: Path) -> None:
    """One file that is damaged takes none of the others with it."""
    bench = made()
    (tmp_path / FILE).write_bytes(b"something else, and long enough to be read as a header" * 20)
    assert isnan(bench.value("dead_letters"))
    assert bench.value("breaker_state") == 0


def test_a_short_failure_is_tried_again_at_once(made: Callable[..., Bench]) -> None:
    """Within the turn, and counted; the breaker stays closed."""
    bench = made()
    bench.source.put(b"a")
    answers = iter([TryAgain("busy"), TryAgain("busy", retry_after_s=0.01)])

    def busy(parcels: Sequence[Parcel]) -> Delivered:
        if (error := next(answers, None)) is not None:
            raise error
        return Delivered()

    bench.backend.answer = busy
    bench.turns()
    assert (bench.backend.taken, bench.value("retries_total"), bench.value("breaker_state")) == ([b"a"], 2, 0)


def test_a_target_gets_the_time_that_it_asks_for(made: Callable[..., Bench]) -> None:
    """Before it is tried again, also within a turn."""
    bench = made()
    bench.source.put(b"a")
    called_at_s: list[float] = []

    def busy(parcels: Sequence[Parcel]) -> Delivered:
        called_at_s.append(time.monotonic())
        if len(called_at_s) == 1:
            raise TryAgain("busy", retry_after_s=0.7)  # longer than the longest first pause by chance
        return Delivered()

    bench.backend.answer = busy
    bench.turns()
    assert called_at_s[1] - called_at_s[0] >= 0.7


def test_records_that_a_target_left_out_are_counted(made: Callable[..., Bench]) -> None:
    """The request is done with."""
    bench = made()
    bench.source.put(b"a")
    bench.backend.answer = lambda parcels: Delivered(3, "too old")
    bench.turns(2)
    assert (bench.value("refused_records_total"), bench.value("sent_total"), len(bench.backend.calls)) == (3, 1, 1)


def test_a_part_that_is_refused_is_a_dead_letter_of_its_own(made: Callable[..., Bench]) -> None:
    """It can be sent again by itself; the request that it came in is done with."""
    bench = made()
    bench.source.put(b"ab")
    part = Parcel(0, "document", NOW, b"b")
    bench.backend.answer = lambda parcels: Delivered(refused_parts=(RefusedPart(part, "answers 400"),))
    bench.turns(2)
    (letter,) = bench.letters.all("backend")
    assert (letter.kind, letter.reason) == ("document", "answers 400")
    assert (bench.value("refused_total"), bench.value("sent_total"), len(bench.backend.calls)) == (1, 1, 1)
    bench.backend.answer = take
    bench.letters.ask_again(None, None)
    bench.target._next_look_s = -1e9
    bench.turns()
    assert (bench.backend.calls[-1], bench.value("dead_letters")) == ([b"b"], 0)


def test_the_oldest_goes_where_too_much_waits(made: Callable[..., Bench]) -> None:
    """Also while the breaker is open, counted by reason; the newest arrive."""
    bench = made(costs=costs(waiting=Bounds(3, 3_600.0)))
    bench.backend.answer = is_down
    bench.source.put(b"0")
    bench.turns()
    for number in range(1, 10):
        bench.source.put(b"%d" % number)
    bench.turns()
    assert (bench.dropped(), bench.value("waiting_bytes")) == ({"size": 7}, 3)
    bench.seconds, bench.backend.answer = 60.0, take
    bench.turns(5)
    assert bench.backend.taken == [b"7", b"8", b"9"]


def test_what_waited_for_too_long_goes(made: Callable[..., Bench]) -> None:
    """By its arrival, not by its place."""
    bench = made(costs=costs(waiting=Bounds(2**20, 60.0)))
    for content, arrival in ((b"a", NOW), (b"old", NOW - 61 * S), (b"c", NOW - 59 * S)):
        bench.source.put(content, arrival=arrival)
    bench.turns(2)
    assert (bench.backend.taken, bench.dropped()) == ([b"a", b"c"], {"age": 1})


def test_where_the_disk_has_no_room_what_waits_is_given_up(
    made: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half at each look, down to what frees nothing any more: doors must not refuse because of a target."""
    monkeypatch.setattr("exporters.delivery.bounds.ALWAYS_KEPT", 2)
    bench = made()
    bench.backend.answer = is_down
    for number in range(16):
        bench.source.put(b"%d" % number)
    bench.has_room = False
    waiting = []
    for _ in range(5):
        bench.turns()
        waiting.append(bench.value("waiting_bytes"))
    assert waiting == [8, 4, 2, 2, 2]
    assert bench.dropped() == {"no_room": 14}


def test_what_its_source_lost_is_counted(made: Callable[..., Bench]) -> None:
    """And delivery goes on behind it."""
    bench = made()
    for number in range(4):
        bench.source.put(b"%d" % number)
    bench.source.dropped_below = 2
    bench.turns(2)
    assert (bench.backend.taken, bench.dropped()) == ([b"2", b"3"], {"lost": 1})


def test_the_age_of_the_oldest_is_shown(made: Callable[..., Bench]) -> None:
    """0 where nothing waits."""
    bench = made()
    assert bench.value("oldest_age_seconds") == 0
    bench.backend.answer = is_down
    bench.source.put(b"a", arrival=NOW - 5 * S)
    bench.turns()
    assert bench.value("oldest_age_seconds") == 5


def test_dead_letters_go_out_again_when_asked(made: Callable[..., Bench]) -> None:
    """One that is taken is gone, one that is refused again stays with the new reason."""
    bench = made()
    for content in (b"x", b"y"):
        bench.source.put(content)
    bench.backend.answer = refuses(b"x", b"y")
    bench.turns(2)
    assert bench.letters.ask_again(None, "backend") == 2
    bench.backend.answer = refuses(b"y")
    bench.target._next_look_s = -1e9
    bench.turns(2)
    assert bench.backend.taken == [b"x"]
    (left,) = bench.letters.all()
    assert (left.is_asked_again, left.target, left.reason) == (0, "backend", "answers 400: no")


def test_a_letter_waits_for_a_target_that_is_down(made: Callable[..., Bench]) -> None:
    """It stays asked for."""
    bench = made()
    bench.source.put(b"x")
    bench.backend.answer = refuses(b"x")
    bench.turns()
    bench.letters.ask_again(None, None)
    bench.backend.answer = is_down
    bench.target._next_look_s = -1e9
    bench.turns()
    assert [each.is_asked_again for each in bench.letters.all()] == [1]
    assert bench.value("breaker_state") == 2


def test_a_letter_that_is_never_taken_holds_nothing_up(made: Callable[..., Bench]) -> None:
    """As one for an index that is no more: what waits goes first for a while."""
    bench = made()
    bench.source.put(b"x")
    bench.backend.answer = refuses(b"x")
    bench.turns()
    bench.letters.ask_again(None, None)
    bench.backend.answer = lambda parcels: is_down(parcels) if parcels[0].content == b"x" else Delivered()
    bench.target._next_look_s = -1e9
    bench.turns()
    for content in (b"a", b"b"):
        bench.seconds += 60.0
        bench.source.put(content)
        bench.turns()
    assert bench.backend.taken == [b"a", b"b"]
    assert [each.is_asked_again for each in bench.letters.all()] == [1]


def test_letters_and_what_waits_go_out_by_turns(made: Callable[..., Bench]) -> None:
    """Many letters keep nothing waiting, and one that is not taken no other."""
    bench = made()
    for content in (b"1", b"2", b"3"):
        bench.source.put(content)
    bench.backend.answer = refuses(b"1", b"2", b"3")
    bench.turns(3)
    bench.letters.ask_again(None, None)
    bench.backend.answer = lambda parcels: is_down(parcels) if parcels[0].content == b"1" else Delivered()
    for content in (b"a", b"b"):
        bench.source.put(content)
        bench.target._next_look_s = -1e9
        bench.seconds += 60.0
        bench.turns()
        bench.seconds += 60.0
        bench.target._next_look_s = -1e9
        bench.turns()
    assert bench.backend.taken == [b"2", b"a", b"3", b"b"]
    assert [each.is_asked_again for each in bench.letters.all()] == [1]


def test_dead_letters_are_bounded(made: Callable[..., Bench]) -> None:
    """The oldest go, and are counted."""
    bench = made(costs=costs(letters=Bounds(7, 60.0)))
    bench.backend.answer = refuses(b"aaa", b"bbb", b"ccc", b"d")
    for content in (b"aaa", b"bbb", b"ccc"):
        bench.source.put(content)
    bench.turns(2)
    assert [each.id for each in bench.letters.all()] == [2, 3]
    bench.now += 61 * S
    bench.source.put(b"d", arrival=bench.now)
    bench.turns(2)
    assert [each.size for each in bench.letters.all()] == [1]
    assert bench.dropped() == {"dead_letter": 3}


def test_its_end_keeps_where_it_is(made: Callable[..., Bench]) -> None:
    """A call under way is not cut off; what waits stays for the next start."""
    bench = made()
    bench.source.put(b"a")
    bench.source.put(b"b", "traces/json")

    def ends(parcels: Sequence[Parcel]) -> Delivered:
        bench.stop.set()
        return Delivered()

    bench.backend.answer = ends
    thread = Thread(target=bench.target.run, args=(bench.stop,))
    thread.start()
    thread.join(10)
    assert (bench.backend.taken, bench.source.held, bench.backend.is_closed) == ([b"a"], 1, True)


def test_no_culprit_is_sought_once_the_engine_ends(made: Callable[..., Bench]) -> None:
    """A batch that is refused is halved no further; it waits for the next start."""
    bench = made()
    for content in (b"a", b"b", b"c", b"d"):
        bench.source.put(content)

    def ends(parcels: Sequence[Parcel]) -> Delivered:
        bench.stop.set()
        raise Refused("answers 400")

    bench.backend.answer = ends
    bench.turns()
    assert (len(bench.backend.calls), bench.value("waiting_bytes"), bench.letters.all()) == (1, 4, ())


def test_a_pause_ends_with_the_engine(made: Callable[..., Bench]) -> None:
    """However long the target asked for."""
    bench = made()
    bench.source.put(b"a")

    def busy(parcels: Sequence[Parcel]) -> Delivered:
        bench.stop.set()
        raise TryAgain("busy", retry_after_s=4.0)

    bench.backend.answer = busy
    bench.turns()
    assert len(bench.backend.calls) == 1


@pytest.mark.parametrize("error", [ValueError("a payload"), StoreError("the disk is gone")])
def test_an_error_nobody_foresaw_ends_nothing(made: Callable[..., Bench], error: Exception) -> None:
    """It is told, without quoting what may be a payload, and tried again."""
    bench = made()
    bench.source.put(b"a")

    def fails(parcels: Sequence[Parcel]) -> Delivered:
        raise error

    bench.backend.answer = fails
    bench.turns()
    assert type(error).__name__ in bench.target.failure or str(error) in bench.target.failure
    assert "payload" not in bench.target.failure
    bench.seconds, bench.backend.answer = 60.0, take
    bench.turns()
    assert bench.backend.taken == [b"a"]


def test_a_position_that_cannot_be_kept_is_kept_later(made: Callable[..., Bench]) -> None:
    """What is delivered meanwhile would be delivered again after a crash, no more."""
    bench = made()
    bench.source.put(b"a")
    bench.turns()
    source_hold, bench.source.hold = bench.source.hold, _no_room  # type: ignore[method-assign]
    bench.target._hold()
    bench.source.hold = source_hold  # type: ignore[method-assign]
    assert bench.source.held == 0
    bench.target._hold()
    assert bench.source.held == 1


def _no_room(position: int) -> None:
    raise OSError(28, "no space left on device")


def _says(reason: str, parcels: Sequence[Parcel]) -> Delivered:
    raise TryAgain(reason, retry_after_s=10.0)  # long: it is tried once
