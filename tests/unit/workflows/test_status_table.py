"""What is known of workflows is bounded by age and number."""

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
