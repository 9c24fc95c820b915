"""Which incident burnt how much."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.model.incident import Incident
from correlator.slo.report.attribution import LISTED, Attribution
from tests.unit.slo.report.reported import HOUR, START, incident, report
from tests.unit.slo.series import objective

TEN = START + 10 * HOUR
MINUTES = st.integers(0, 1_439)
QUIET = objective(period_days=2, windows=())  # calls nobody, so that many can be made


def parts(attribution: Attribution) -> float:
    """All lines together."""
    listed = sum(each.burnt.bad_events for each in attribution.incidents)
    return listed + attribution.further.bad_events + attribution.unexplained.bad_events


def test_an_incident_burns_what_failed_while_it_was_on() -> None:
    """What failed while none was is a line of its own."""
    found = report(incident("e1-a-1", TEN, TEN + 10), bad={TEN + 5: 8.0, TEN + 10: 2.0}).attribution
    assert [(each.key, each.burnt.bad_events, each.burnt.of_burnt) for each in found.incidents] == [
        ("e1-a-1", 8.0, pytest.approx(0.8))
    ]
    assert found.unexplained.bad_events == 2.0
    assert found.burnt.of_burnt == 1.0


def test_overlapping_incidents_divide_by_how_often_they_failed_a_minute() -> None:
    """A long incident with as many failures in all takes less of a short one's minutes."""
    equal = report(
        incident("e1-a-1", TEN, TEN + 10, failures=30), incident("e1-b-1", TEN, TEN + 10, failures=10), bad={TEN: 8.0}
    )
    assert [each.burnt.bad_events for each in equal.attribution.incidents] == pytest.approx([6.0, 2.0])
    long = report(
        incident("e1-a-1", TEN - 90, TEN + 10, failures=10), incident("e1-b-1", TEN, TEN + 10, failures=10),
        bad={TEN: 11.0 - 1.0},
    )  # fmt: skip
    assert [each.key for each in long.attribution.incidents] == ["e1-b-1", "e1-a-1"]
    assert long.attribution.incidents[0].burnt.bad_events == pytest.approx(10 * 10 / 11)


def test_an_open_incident_goes_on_to_the_end() -> None:
    """And one that was over before the range takes no part."""
    found = report(
        incident("e1-a-1", TEN, None), incident("e1-b-1", START - 90, START - 30), bad={TEN + 800: 1.0}
    ).attribution
    assert [(each.key, each.burnt.bad_events) for each in found.incidents] == [("e1-a-1", 1.0)]


def test_more_incidents_than_anyone_reads_share_a_line() -> None:
    """The least of them."""
    many = [incident(f"e1-{place:03}-1", TEN + place, TEN + place + 1) for place in range(LISTED + 3)]
    found = report(*many, bad={TEN + place: 1.0 + (place < LISTED) for place in range(LISTED + 3)}).attribution
    assert (len(found.incidents), found.further_incidents, found.further.bad_events) == (LISTED, 3, 3.0)


@st.composite
def incidents(draw: st.DrawFn) -> list[Incident]:
    spans = draw(st.lists(st.tuples(MINUTES, MINUTES, st.integers(1, 10_000)), max_size=12))
    return [
        incident(f"e1-{place}-1", START - 60 + min(one, other), START - 59 + max(one, other), failures)
        for place, (one, other, failures) in enumerate(spans)
    ]


@settings(deadline=None)
@given(incidents(), st.dictionaries(MINUTES, st.floats(0.0, 10.0)))
def test_shares_add_up_to_all_that_was_burnt(on: list[Incident], bad: dict[int, float]) -> None:
    """Whatever overlaps, and whatever is explained by none."""
    made = report(*on, of=QUIET, bad={START + minute: count for minute, count in bad.items()})
    assert parts(made.attribution) == pytest.approx(made.attribution.burnt.bad_events, abs=1e-9)
    assert made.attribution.burnt.bad_events == pytest.approx(
        made.compliance.total - made.compliance.good, rel=1e-9, abs=1e-9
    )


@settings(deadline=None)
@given(incidents(), st.dictionaries(MINUTES, st.integers(0, 10)), st.randoms(use_true_random=False))
def test_the_order_of_incidents_is_irrelevant(on: list[Incident], bad: dict[int, int], chance: random.Random) -> None:
    """To the last bit."""
    told = {START + minute: float(count) for minute, count in bad.items()}
    assert report(*on, of=QUIET, bad=told) == report(*chance.sample(on, len(on)), of=QUIET, bad=told)


@settings(deadline=None)
@given(st.sets(MINUTES), st.dictionaries(MINUTES, st.floats(0.0, 10.0)))
def test_a_gap_is_never_a_zero(unknown: set[int], bad: dict[int, float]) -> None:
    """A slot without a known minute has no number, and one with events has."""
    told = {START + minute: count for minute, count in bad.items()}
    made = report(of=QUIET, unknown=[START + minute for minute in unknown], bad=told)
    for each in (*made.hours, *made.days):
        assert (each.error_ratio is None) == (each.attained is None) == (each.total == 0) == (each.coverage == 0)
    assert sum(gap.minutes for gap in made.gaps) == len(unknown)
