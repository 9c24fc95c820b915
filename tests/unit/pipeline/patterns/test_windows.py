"""Windows of the latest errors of each service."""

from itertools import permutations

from correlator.explain.pattern.event import PatternEvent
from correlator.explain.pattern.rule import DEPENDENCY, SERVICE, Rule
from correlator.model.finding import PatternMatch
from correlator.pipeline.patterns.windows import EVENTS, GROUPS, PatternWindows
from tests.unit.explain.pattern.events import S, event, rule, step

THREE = rule(step(kind="exception"), scope=SERVICE, min_count=3)


def found(windows: PatternWindows, *events: PatternEvent, a_rule: Rule = THREE) -> list[tuple[str, int]]:
    return [(name, match.end_unix_nano // S) for match, name in windows.hear([a_rule], events)]


def test_events_of_one_service_count_together() -> None:
    """Over as many turns as they take; those of another do not help."""
    windows = PatternWindows()
    assert found(windows, event(0, "worker"), event(1, "bridge")) == []
    assert found(windows, event(2, "worker")) == []
    assert found(windows, event(3, "worker")) == [("worker", 3)]


def test_what_follows_a_match_within_its_window_belongs_to_it() -> None:
    """So a flood is one match a window, and not one an error."""
    windows = PatternWindows()
    matches = [each for at in range(200) for each in found(windows, event(at))]
    assert matches == [("worker", 2), ("worker", 65), ("worker", 128), ("worker", 191)]


def test_errors_read_again_count_once() -> None:
    """A turn that failed is done again."""
    windows = PatternWindows()
    for _ in range(3):
        assert found(windows, event(0), event(1)) == []


def test_the_order_of_arrival_is_irrelevant() -> None:
    """Senders are not equally quick; up to two windows late is in time."""
    events = [event(0), event(30), event(59), event(100)]
    for order in permutations(events):
        windows = PatternWindows()
        assert [each for one in order for each in found(windows, one)] == [("worker", 59)]


def test_dependencies_are_counted_over_services() -> None:
    """By the name of what could not be reached."""
    refused = rule(step(kind="dependency"), scope=DEPENDENCY, min_count=2, min_services=2)
    windows = PatternWindows()
    assert found(windows, event(0, "bridge", "dependency", dependency="db"), a_rule=refused) == []
    assert found(windows, event(1, "worker", "dependency", dependency="cache"), a_rule=refused) == []
    assert found(windows, event(2, "worker", "dependency"), a_rule=refused) == []
    assert found(windows, event(3, "worker", "dependency", dependency="db"), a_rule=refused) == [("db", 3)]


def test_memory_is_bounded() -> None:
    """However many services there are, and however much each tells."""
    windows = PatternWindows()
    many = rule(step(kind="exception"), scope=SERVICE, min_count=1_000)
    for number in range(GROUPS + 50):
        found(windows, *(event(at / 1000, service=f"s{number}") for at in range(30)), a_rule=many)
    assert len(windows._groups) <= GROUPS
    assert sum(len(group.events) for group in windows._groups.values()) <= EVENTS


def test_windows_of_a_rule_that_is_gone_are_dropped() -> None:
    """A changed rule begins anew."""
    windows = PatternWindows()
    found(windows, event(0))
    windows.hear([], [event(1)])
    assert not windows._groups


def test_a_match_names_rule_and_events() -> None:
    """As a story's does."""
    match: PatternMatch = PatternWindows().hear([THREE], [event(0), event(1), event(2)])[0][0]
    assert (match.rule_id, len(match.events)) == ("a-rule", 3)
