"""Minutes read from a Prometheus: all once, then what is new; and what is told where it does not answer."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from correlator.doors.prometheus.client import MAX_POINTS, PrometheusClient
from correlator.doors.prometheus.kept import LATE_MINUTES
from correlator.doors.prometheus.source import FRESH_S, LOOKBACK_MINUTES, PrometheusMinutes
from correlator.errors import Unavailable
from correlator.model.objective import Objective, PrometheusCounts, PrometheusRatio, Slices
from correlator.pipeline.slo.objectives import MinuteSource
from correlator.slo.minute_series import MinuteSeries
from tests.unit.doors.misbehaving import Misbehaviour
from tests.unit.doors.prometheus.fake_prometheus import FakePrometheus, fake_prometheus
from tests.unit.slo.series import FIRST, objective

COUNTS = objective(source=PrometheusCounts("http_total", "http_bad_total", is_bad=True))


class Clock:
    """Seconds that go on when they are told to."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def prometheus() -> Iterator[FakePrometheus]:
    with fake_prometheus() as running:
        yield running


@pytest.fixture
def source_of(clock: Clock) -> Iterator[Callable[..., PrometheusMinutes]]:
    made: list[PrometheusMinutes] = []

    def make(url: str, timeout_s: float = 20.0, max_bytes: int = 2**20) -> PrometheusMinutes:
        client = PrometheusClient(url, lambda: "", timeout_s=timeout_s, max_bytes=max_bytes)
        made.append(PrometheusMinutes(client, clock=clock))
        return made[-1]

    yield make
    for source in made:
        source.close()


MakeSource = Callable[..., PrometheusMinutes]


def fill(prometheus: FakePrometheus, minutes: int, failing: float = 0.25) -> None:
    """Counters scraped at the edges of minutes: four events in each, of which one fails."""
    edges = range(minutes + 1)
    prometheus.samples["http_total"] = {"a": [((FIRST + edge) * 60.0, 4.0 * edge) for edge in edges]}
    prometheus.samples["http_bad_total"] = {"a": [((FIRST + edge) * 60.0, 4 * failing * edge) for edge in edges]}


def lists(series: MinuteSeries) -> tuple[list[float], list[float], list[bool]]:
    return series.good.tolist(), series.total.tolist(), series.known.tolist()


def test_every_minute_is_counted_once(prometheus: FakePrometheus, source_of: MakeSource) -> None:
    """Over several requests, each of a day at most."""
    fill(prometheus, 4_000)
    source: MinuteSource = source_of(prometheus.url)
    series = source.series(COUNTS, FIRST, FIRST + 4_000)
    assert series.first_minute == FIRST
    assert set(series.total) == {4.0} and set(series.good) == {3.0} and series.known.all()
    assert len(prometheus.asked) == 2 * 3


def test_later_only_what_is_new_is_asked_for(prometheus: FakePrometheus, source_of: MakeSource, clock: Clock) -> None:
    """And the last minutes again: samples may come late, and one that was there is not counted twice."""
    fill(prometheus, 100)
    late = prometheus.samples["http_total"]["a"].pop(95)
    source = source_of(prometheus.url)
    before = source.series(COUNTS, FIRST, FIRST + 100)
    assert (before.total[94], before.total[95], before.known[94]) == (0, 8, False)
    fill(prometheus, 101)
    assert late in prometheus.samples["http_total"]["a"]
    prometheus.asked.clear()
    after = source.series(COUNTS, FIRST + 1, FIRST + 101)
    assert lists(after) == ([3.0] * 100, [4.0] * 100, [True] * 100)
    assert [each["query"].rpartition("[")[2] for each in prometheus.asked] == [f"{(LATE_MINUTES + 1) * 60}s]"] * 2


def test_a_moment_later_nothing_is_asked_for(prometheus: FakePrometheus, source_of: MakeSource, clock: Clock) -> None:
    """Nor ever of what is long past."""
    fill(prometheus, 100)
    source = source_of(prometheus.url)
    source.series(COUNTS, FIRST, FIRST + 100)
    asked = len(prometheus.asked)
    clock.now_s += FRESH_S / 2
    source.series(COUNTS, FIRST, FIRST + 100)
    assert len(prometheus.asked) == asked
    clock.now_s += FRESH_S
    source.series(COUNTS, FIRST, FIRST + 100 - LATE_MINUTES)
    assert len(prometheus.asked) == asked
    source.series(COUNTS, FIRST, FIRST + 100)
    assert len(prometheus.asked) == asked + 2


def test_earlier_minutes_are_read_when_they_are_asked_for(prometheus: FakePrometheus, source_of: MakeSource) -> None:
    """All anew: what came before is what the counters' steps are taken from."""
    fill(prometheus, 200)
    source = source_of(prometheus.url)
    source.series(COUNTS, FIRST + 100, FIRST + 200)
    assert lists(source.series(COUNTS, FIRST, FIRST + 50)) == ([3.0] * 50, [4.0] * 50, [True] * 50)


def test_the_first_minute_counts_from_the_sample_before_it(prometheus: FakePrometheus, source_of: MakeSource) -> None:
    """Samples off the edges of minutes; one further back is too old to tell."""
    prometheus.samples["http_total"] = {"a": [((FIRST - 1) * 60.0 + 7, 100.0), (FIRST * 60.0 + 7, 103.0)]}
    series = source_of(prometheus.url).series(COUNTS, FIRST, FIRST + 1)
    assert lists(series) == ([3.0], [3.0], [True])
    old = (FIRST - LOOKBACK_MINUTES) * 60.0
    prometheus.samples["http_total"] = {"a": [(old, 100.0), (FIRST * 60.0 + 7, 103.0)]}
    assert lists(source_of(prometheus.url).series(COUNTS, FIRST, FIRST + 1)) == ([0.0], [0.0], [False])


def test_a_query_that_is_no_selector_is_asked_at_each_minute(prometheus: FakePrometheus, source_of: MakeSource) -> None:
    """By a range query of few enough points. A gap shows as a flat line: that is what is lost."""
    fill(prometheus, 20)
    for name in ("http_total", "http_bad_total"):
        samples = prometheus.samples.pop(name)["a"]
        prometheus.samples[f"{name} + 0"] = {"a": [each for place, each in enumerate(samples) if place not in (11, 12)]}
    one = replace(COUNTS, source=PrometheusCounts("http_total + 0", "http_bad_total + 0", is_bad=True))
    series = source_of(prometheus.url).series(one, FIRST, FIRST + 20)
    assert series.total.tolist() == [4.0] * 10 + [0.0, 0.0, 12.0] + [4.0] * 7
    assert series.known.all()
    assert all(each["path"] == "/api/v1/query_range" for each in prometheus.asked)
    assert all((float(each["end"]) - float(each["start"])) / 60 < MAX_POINTS for each in prometheus.asked)


def test_samples_that_are_events_are_summed(prometheus: FakePrometheus, source_of: MakeSource) -> None:
    """Without `counter: true`."""
    source = PrometheusCounts("http_total", "http_bad_total", is_bad=False, is_counter=False)
    prometheus.samples["http_total"] = {"a": [(FIRST * 60.0 + 30, 2.0), (FIRST * 60.0 + 60, 3.0)]}
    prometheus.samples["http_bad_total"] = {"a": [(FIRST * 60.0 + 30, 1.0)]}
    series = source_of(prometheus.url).series(replace(COUNTS, source=source), FIRST, FIRST + 2)
    assert lists(series) == ([1.0, 0.0], [5.0, 0.0], [True, False])


def test_a_ratio_is_asked_at_the_end_of_each_slice(prometheus: FakePrometheus, source_of: MakeSource) -> None:
    """Slices begin at whole multiples of their length, and none is lost where reading goes on within one."""
    hour = FIRST // 60 * 60
    prometheus.samples["ratio"] = {"": [((hour + 60 * number) * 60.0, number / 10) for number in range(5)]}
    sliced = Slices(3_600, None)
    ratio: Objective = replace(
        COUNTS, source=PrometheusRatio("ratio", is_bad=False), slices=sliced, budgeting="RatioTimeslices"
    )
    source = source_of(prometheus.url)
    for end in (hour + 61, hour + 119, hour + 121, hour + 240):
        series = source.series(ratio, hour, end)
    assert {place: series.good[place] for place in np.flatnonzero(series.total)} == {
        59: 0.1,
        119: 0.2,
        179: 0.3,
        239: 0.4,
    }
    assert series.known.all()
    assert {each["step"] for each in prometheus.asked} == {"3600"}


def test_too_large_an_answer_is_asked_for_in_pieces(prometheus: FakePrometheus, source_of: MakeSource) -> None:
    """Down to an hour; then there is nothing to be done."""
    fill(prometheus, 1_000)
    series = source_of(prometheus.url, max_bytes=12_000).series(COUNTS, FIRST, FIRST + 1_000)
    assert set(series.total) == {4.0} and series.known.all()
    with pytest.raises(Unavailable, match=r"bridge-availability.*more than 100 bytes; record the sum"):
        source_of(prometheus.url, max_bytes=100).series(COUNTS, FIRST, FIRST + 1_000)


def test_a_query_that_is_refused_is_its_objectives_alone(prometheus: FakePrometheus, source_of: MakeSource) -> None:
    """Others go on."""
    fill(prometheus, 10)
    source = source_of(prometheus.url)
    prometheus.misbehave = [Misbehaviour(400, b'{"status":"error","error":"parse error: unexpected }"}')]
    with pytest.raises(Unavailable, match=r"bridge-availability: Prometheus gave no answer: parse error.*mend"):
        source.series(COUNTS, FIRST, FIRST + 10)
    assert source.series(replace(COUNTS, id="other"), FIRST, FIRST + 10).known.all()


def test_one_that_is_down_is_not_asked_by_every_objective(
    prometheus: FakePrometheus, source_of: MakeSource, clock: Clock
) -> None:
    """For a while all are told at once why; then it is asked again, and what was read is still there."""
    fill(prometheus, 10)
    source = source_of(prometheus.url)
    source.series(COUNTS, FIRST, FIRST + 10)
    prometheus.always = Misbehaviour(0)
    with pytest.raises(Unavailable, match="is it running"):
        source.series(COUNTS, FIRST, FIRST + 11)
    asked = len(prometheus.asked)
    for number in range(5):
        with pytest.raises(Unavailable, match="is it running"):
            source.series(replace(COUNTS, id=f"other-{number}"), FIRST, FIRST + 10)
    assert len(prometheus.asked) == asked
    prometheus.always = None
    clock.now_s += 60.0
    assert source.series(COUNTS, FIRST, FIRST + 11).known.tolist() == [True] * 10 + [False]


def test_a_slow_query_waits_longer_each_time_and_alone(
    prometheus: FakePrometheus, source_of: MakeSource, clock: Clock
) -> None:
    """Two slow ones in a row are a slow server: then all wait."""
    source = source_of(prometheus.url, timeout_s=0.5)
    slow = Misbehaviour(delay_s=2.0)
    for pause_s in (15.0, 30.0, 60.0):
        prometheus.misbehave = [slow]
        asked = len(prometheus.asked)
        for _ in range(3):
            with pytest.raises(Unavailable, match="no answer within"):
                source.series(COUNTS, FIRST, FIRST + 10)
        assert len(prometheus.asked) == asked + 1
        source.series(replace(COUNTS, id=f"quick-{pause_s}"), FIRST, FIRST + 10)
        clock.now_s += pause_s
    prometheus.misbehave = [slow, slow]
    for each in (COUNTS, replace(COUNTS, id="b"), replace(COUNTS, id="c")):
        with pytest.raises(Unavailable, match="no answer within"):
            source.series(each, FIRST, FIRST + 10)
    assert prometheus.misbehave == []


def test_one_objective_takes_no_more_than_its_turn(
    prometheus: FakePrometheus, source_of: MakeSource, clock: Clock
) -> None:
    """What was read is kept, and the next turn reads on."""
    fill(prometheus, 4_000)
    asked: list[int] = []
    answer = prometheus.answer

    def slowly(path: str, form: dict[str, str]) -> object:
        clock.now_s += 3.0
        asked.append(int(form["time"]))
        return answer(path, form)

    prometheus.answer = slowly  # type: ignore[method-assign, assignment]
    source = source_of(prometheus.url)
    for left in (2_570, 1_130):
        with pytest.raises(Unavailable, match=f"is still being read: {left} minutes"):
            source.series(COUNTS, FIRST, FIRST + 4_000)
    assert source.series(COUNTS, FIRST, FIRST + 4_000).known.all()
    assert len(set(asked)) == 3


def test_what_prometheus_remarks_is_logged_once(
    prometheus: FakePrometheus, source_of: MakeSource, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part of the answer may be missing."""
    fill(prometheus, 10)
    prometheus.warnings = ["a store did not answer"]
    source = source_of(prometheus.url)
    for _ in range(3):
        source.series(COUNTS, FIRST, FIRST + 10)
        clock.now_s += 60.0
    assert capsys.readouterr().out.count("a store did not answer") == 1
