"""A backtest says what the live engine would have said, minute by minute, knowing no more than the engine did."""

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.model.objective import Gate, Objective, Severity, Slices, Window
from correlator.slo.alerting import alerts_now
from correlator.slo.backtest import callings
from correlator.slo.minute_series import MINUTE_NANO, MinuteSeries
from correlator.slo.time_slices import budget_sums
from tests.unit.slo.series import FIRST, after, objective, series

WINDOWS = (
    Window("page", 360, 120, 3.0),
    Window("page", 900, 300, 2.0),
    Window("ticket", 1_200, 240, 1.0),
)
MINUTES = st.lists(
    st.one_of(
        st.none(),
        st.just((0, 0)),
        st.integers(1, 50).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))),
        st.integers(1, 50).map(lambda total: (total, total)),
    ),
    max_size=40,
)
OBJECTIVES = st.builds(
    lambda gate, slices: objective(0.9, windows=WINDOWS, page_gate=gate, ticket_gate=gate, slices=slices),
    st.sampled_from((Gate(0, 0), Gate(5, 3))),
    st.sampled_from((None, Slices(180, 0.8), Slices(300, None))),
)


@settings(deadline=None, max_examples=150)
@given(OBJECTIVES, MINUTES, st.integers(0, 30))
def test_a_backtest_calls_as_the_live_engine_does(
    one: Objective, minutes: list[tuple[int, int] | None], since: int
) -> None:
    """The engine is told each minute only what was known by then: nothing leaks from the future."""
    whole = series(*minutes)
    found = callings(one, whole, FIRST + since, FIRST + len(minutes))
    live = live_calls(one, whole)
    for end, severity in enumerate(live, start=1):
        if end > since:
            on = [each.severity for each in found if each.overlaps(after(end), after(end) + MINUTE_NANO)]
            assert on == ([severity] if severity else [])
    assert all(each.ends_unix_nano is None or each.ends_unix_nano > after(since) for each in found)


def live_calls(one: Objective, whole: MinuteSeries) -> list[Severity | None]:
    """Whom the engine calls at the end of each minute."""
    on_before: frozenset[Window] = frozenset()
    calls: list[Severity | None] = []
    for end in range(1, len(whole.total) + 1):
        heard = MinuteSeries(whole.first_minute, whole.good[:end], whole.total[:end], whole.known[:end])
        state = alerts_now(budget_sums(heard, one), one, on_before, after(end))
        on_before = state.on
        calls.append(state.calls)
    return calls
