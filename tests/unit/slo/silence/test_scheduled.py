"""Missed runs of a schedule, and those that came after all."""

from correlator.model.outcome import Outcome
from correlator.model.run import Run
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.silence.scheduled import came_after_all, missed_by, prefix_of

HOUR = 60 * MINUTE_NANO


def run(hour: float, mode: str = "trigger") -> Run:
    started = int(hour * HOUR)
    return Run("w1", str(hour), started, started + 1, True, mode=mode)


def names(runs: list[Run], now_h: float, stated_s: int | None = None) -> list[str]:
    return [each.identity for each in missed_by(runs, stated_s, int(now_h * HOUR))]


def test_a_missed_run_is_named_by_the_run_before_it() -> None:
    """So its name stays when the interval is learned better; a second one in the gap has the next number."""
    runs = [run(hour) for hour in range(16)]
    assert names(runs, 15.5) == []
    assert names(runs, 17.5) == [f"missed/w1/{15 * HOUR}+1", f"missed/w1/{15 * HOUR}+2"]
    assert names([*runs, run(17.01)], 17.5) == [f"missed/w1/{15 * HOUR}+1"]
    assert names(runs, 17.5)[0].startswith(prefix_of("w1"))


def test_a_schedule_that_became_faster_is_not_held_against_the_runs_before() -> None:
    """By the hour until 20 o'clock, and every six minutes since: no run was missed in any of those hours."""
    runs = [run(hour) for hour in range(20)]
    for number in range(60):
        runs.append(run(20 + number / 10))
        assert names(runs, 20 + number / 10 + 0.01) == []
    assert len(names(runs, 26.05)) == 1


def test_only_runs_of_the_schedule_keep_a_learned_interval() -> None:
    """A run by hand in the gap is no run of the schedule; a webhook's keeps none."""
    runs = [run(hour) for hour in range(8)]
    assert len(names([*runs, run(8.2, "manual")], 8.5)) == 1
    assert names([run(hour, "webhook") for hour in range(8)], 20) == []


def test_a_stated_interval_is_kept_by_any_run_but_a_persons() -> None:
    """Whoever states one for a webhook means its calls."""
    runs = [run(0, "webhook")]
    assert len(names(runs, 1.5, 3_600)) == 1
    assert names([*runs, run(1.1, "webhook")], 1.5, 3_600) == []
    assert len(names([*runs, run(1.1, "retry")], 1.5, 3_600)) == 1


def test_a_run_that_was_heard_of_late_takes_back_that_it_was_missed() -> None:
    """One that started in time does; one that started too late, or belongs to no schedule, does not."""
    told = [Outcome("o", f"missed/w1/{7 * HOUR}+1", int(8.25 * 60), is_good=False)]
    runs = [run(hour) for hour in range(8)]
    assert came_after_all(told, runs, None) == ()
    assert came_after_all(told, [*runs, run(8)], None) == tuple(told)
    assert came_after_all(told, [*runs, run(8.5)], None) == ()
    assert came_after_all(told, [*runs, run(8, "manual")], None) == ()
