"""What is known of workflows is bounded by age and number."""

from hypothesis import given
from hypothesis import strategies as st

from correlator.workflows.status_table import StatusTable, TableLimits
from tests.unit.workflows.heard import at, heard

LIMITS = TableLimits(timeout_s=60, ttl_s=3_600, workflows=2, executions=3)


def test_the_last_heard_come_first_and_old_ones_are_forgotten() -> None:
    """A day later nothing is left."""
    table = StatusTable(LIMITS)
    for second, execution in ((0, "1"), (30, "2"), (10, "3")):
        table.observe(heard("started", second, execution))
    assert [each.execution_id for each in table.executions_of("w", at(60))] == ["2", "3", "1"]
    assert [each.execution_id for each in table.executions_of("w", at(3_610))] == ["2"]
    assert table.executions_of("w", at(9_000)) == ()
    assert table.counts() == (0, 0)


def test_over_the_bounds_the_least_lately_heard_go() -> None:
    """Of executions within a workflow, and of workflows."""
    table = StatusTable(LIMITS)
    for second in range(5):
        table.observe(heard("started", second, str(second)))
    assert [each.execution_id for each in table.executions_of("w", at(5))] == ["4", "3", "2"]
    for second, workflow in ((1, "old"), (9, "new")):
        table.observe(heard("started", second, workflow=workflow))
    assert table.executions_of("old", at(10)) == ()
    assert table.counts() == (2, 4)


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from("abcde"), st.sampled_from("1234")), max_size=40))
def test_the_workflow_that_goes_is_the_one_heard_of_least_lately(told: list[tuple[int, str, str]]) -> None:
    """As found the slow way, from all that was heard since it came; ties by id. What went may come again."""
    table = StatusTable(LIMITS)
    latest: dict[str, int] = {}
    for second, workflow, execution in told:
        table.observe(heard("started", second, execution, workflow))
        latest[workflow] = max(latest.get(workflow, 0), second)
        if len(latest) > LIMITS.workflows:
            del latest[min(latest, key=lambda each: (latest[each], each))]
        assert {each for each in "abcde" if table.executions_of(each, at(0))} == set(latest)


def test_a_silence_is_told_once_and_a_new_one_again() -> None:
    """Revived by progress, silent again: a new timeout."""
    table = StatusTable(LIMITS)
    table.observe(heard("started", 0))
    assert table.newly_silent(at(59)) == ()
    (silent,) = table.newly_silent(at(60))
    table.told_silent("w", "1", silent.alive_unix_nano)
    assert table.newly_silent(at(100)) == ()
    table.observe(heard("running", 110))
    assert table.newly_silent(at(120)) == ()
    assert len(table.newly_silent(at(170))) == 1


def test_telling_of_what_is_forgotten_changes_nothing() -> None:
    """Absence is a normal answer."""
    table = StatusTable(LIMITS)
    table.told_silent("w", "1", at(0))
    assert table.counts() == (0, 0)
