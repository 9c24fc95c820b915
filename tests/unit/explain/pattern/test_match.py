"""Where rules fit."""

from correlator.explain.pattern.match import SHOWN, find_match
from correlator.explain.pattern.rule import SEQUENCE
from tests.unit.explain.pattern.events import S, event, rule, step

N8N, BRIDGE, WORKER = step("n8n"), step("bridge"), step("worker")


def test_steps_may_come_in_any_order() -> None:
    """Unless the rule says otherwise."""
    found = find_match(rule(N8N, WORKER), [event(5, "worker"), event(9, "n8n")])
    assert found is not None
    assert [each.system for each in found.events] == ["worker", "n8n"]
    assert (found.start_unix_nano, found.end_unix_nano) == (5 * S, 9 * S)


def test_a_sequence_keeps_its_order() -> None:
    """One after the other."""
    in_order = rule(N8N, BRIDGE, WORKER, order=SEQUENCE)
    assert find_match(in_order, [event(1, "n8n"), event(2, "bridge"), event(3, "worker")]) is not None
    assert find_match(in_order, [event(1, "n8n"), event(3, "bridge"), event(2, "worker")]) is None


def test_events_of_one_moment_are_in_any_order() -> None:
    """n8n's REST API tells milliseconds only."""
    assert find_match(rule(WORKER, BRIDGE, order=SEQUENCE), [event(1, "bridge"), event(1, "worker")]) is not None


def test_the_window_includes_its_bounds() -> None:
    """And nothing beyond."""
    assert find_match(rule(N8N, WORKER), [event(0, "n8n"), event(60, "worker")]) is not None
    assert find_match(rule(N8N, WORKER), [event(0, "n8n"), event(60.001, "worker")]) is None


def test_an_event_is_taken_by_one_step() -> None:
    """Two steps need two events, though one would fit both."""
    twice = rule(step("worker"), step(kind="exception"))
    assert find_match(twice, [event(0, "worker")]) is None
    assert find_match(twice, [event(0, "worker"), event(1, "bridge")]) is not None


def test_min_count_asks_for_so_many_of_each_step() -> None:
    """Within one window."""
    often = rule(WORKER, min_count=3)
    assert find_match(often, [event(at) for at in (0, 1, 100, 101, 102)]).start_unix_nano == 100 * S  # type: ignore[union-attr]
    assert find_match(often, [event(at) for at in (0, 50, 100)]) is None


def test_min_count_of_a_sequence_is_its_repetition() -> None:
    """Round and round."""
    twice = rule(N8N, WORKER, order=SEQUENCE, min_count=2)
    assert find_match(twice, [event(0, "n8n"), event(1), event(2, "n8n"), event(3)]) is not None
    assert find_match(twice, [event(0, "n8n"), event(1, "n8n"), event(2), event(3)]) is None


def test_min_services_asks_for_so_many_senders() -> None:
    """Of the same complaint."""
    several = rule(step(kind="dependency"), min_count=2, min_services=2)
    assert find_match(several, [event(0, kind="dependency"), event(1, kind="dependency")]) is None
    assert find_match(several, [event(0, kind="dependency"), event(1, "bridge", "dependency")]) is not None


def test_an_optional_step_is_shown_where_it_is_there() -> None:
    """And asked for by nobody."""
    with_bridge = rule(WORKER, step("bridge", is_optional=True))
    assert len(find_match(with_bridge, [event(0)]).events) == 1  # type: ignore[union-attr]
    assert len(find_match(with_bridge, [event(0), event(1, "bridge")]).events) == 2  # type: ignore[union-attr]


def test_an_absent_step_spoils_what_is_near_it() -> None:
    """Before and after, as far as the window reaches; further off it does not."""
    silent = rule(WORKER, step("n8n", is_absent=True))
    assert find_match(silent, [event(0, "n8n"), event(60)]) is None
    assert find_match(silent, [event(60), event(120, "n8n")]) is None
    assert find_match(silent, [event(0, "n8n"), event(60), event(61)]).start_unix_nano == 61 * S  # type: ignore[union-attr]


def test_repeated_events_count_once() -> None:
    """A batch that was sent twice is no second failure."""
    assert find_match(rule(WORKER, min_count=2), [event(0), event(0)]) is None


def test_shows_a_few_events_of_each_step() -> None:
    """However many there are."""
    found = find_match(rule(WORKER, N8N), [*(event(at / 100) for at in range(500)), event(5, "n8n")])
    assert found is not None
    assert len(found.events) <= SHOWN
    many = find_match(
        rule(WORKER, N8N, min_count=100), [*(event(at / 100, w) for w in ("worker", "n8n") for at in range(100))]
    )
    assert many is not None
    assert len(many.events) == SHOWN
    assert {each.system for each in many.events} == {"worker", "n8n"}


def test_without_events_nothing_fits() -> None:
    """Empty in, nothing out."""
    assert find_match(rule(WORKER), []) is None


def test_kind_type_and_message_are_those_of_one_telling() -> None:
    """And a type is known with or without its module."""
    relay = step("worker", "exception", "RelayDenied", "no relay")
    assert find_match(rule(relay), [event(0, error="mail.errors.RelayDenied: no relay for x")]) is not None
    assert find_match(rule(relay), [event(0, kind="log", error="RelayDenied: no relay")]) is None
    assert find_match(rule(relay), [event(0, error="RelayDenied: full")]) is None
