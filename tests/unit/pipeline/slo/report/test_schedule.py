"""Which reports are written by themselves, and when. No test waits: the clock is given."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from correlator.model.objective import Objective
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.report import Reporter
from correlator.pipeline.slo.report.folder import PART, ReportFolder
from correlator.pipeline.slo.report.schedule import ReportSchedule
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.report.calendar_range import Period
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from tests.unit.pipeline.slo.counted import BRIDGE, ELSEWHERE, NobodyAnswers, count
from tests.unit.slo.report.reported import START
from tests.unit.slo.series import FIRST

DAY, HOUR = 1_440, 60
MIDNIGHT = START  # 2026-11-20, a Friday


class Clock:
    """Stands at a unix minute until it is set."""

    def __init__(self, minute: int) -> None:
        self.minute = minute

    def __call__(self) -> int:
        return self.minute * MINUTE_NANO


class Scheduled:
    """A schedule over one objective, with calls in the days before midnight."""

    def __init__(
        self, root: Path, *objectives: Objective, days: int = 3, periods: Sequence[Period] = ("day",),
        formats: Sequence[str] = ("json",),
    ) -> None:  # fmt: skip
        self.store, self.metrics, self.clock = MemoryStore(), EngineMetrics(), Clock(MIDNIGHT + 15)
        self.hear(range(MIDNIGHT - days * DAY, MIDNIGHT, HOUR))
        reporter = Reporter(Objectives(objectives or (BRIDGE,), self.store, NobodyAnswers()), self.store)
        self.root = root
        self.schedule = ReportSchedule(
            reporter,
            ReportFolder(root, formats),  # type: ignore[arg-type]
            self.metrics,
            periods=periods,
            settle_s=900,
            clock_unix_nano=self.clock,
        )

    def hear(self, minutes: Sequence[int]) -> None:
        count(self.store, {each - FIRST: (9, 10) for each in minutes})

    def written(self, period: str = "day") -> list[str]:
        folder = self.root / period
        return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []

    @property
    def failures(self) -> float:
        return float(self.metrics.registry.get_sample_value("correlator_slo_report_failures_total") or 0)


def test_a_day_is_written_once_its_late_records_are_in(tmp_path: Path) -> None:
    """A quarter of an hour after its end, not before."""
    one = Scheduled(tmp_path, days=1)
    one.clock.minute = MIDNIGHT + 14
    assert one.schedule.turn() == 0
    one.clock.minute = MIDNIGHT + 15
    assert one.schedule.turn() == 1
    assert one.written() == ["2026-11-19"]
    assert sorted(each.name for each in (tmp_path / "day/2026-11-19").iterdir()) == [
        "bridge-availability.json",
        "index.json",
    ]
    assert one.schedule.turn() == 0


def test_a_written_report_is_of_the_whole_day(tmp_path: Path) -> None:
    """Not partial, though it was made by a clock that had gone on."""
    one = Scheduled(tmp_path, days=1)
    one.clock.minute += 300
    one.schedule.turn()
    document = json.loads((tmp_path / "day/2026-11-19/bridge-availability.json").read_text())
    assert document["is_partial"] is False
    assert document["reported_until_unix_nano"] == MIDNIGHT * MINUTE_NANO
    assert (document["compliance"]["good"], document["compliance"]["total"]) == (216.0, 240.0)


def test_what_ended_while_the_engine_was_down_is_written_later(tmp_path: Path) -> None:
    """Seven days at most, four weeks, two months; the oldest first."""
    one = Scheduled(tmp_path, days=100, periods=("day", "week", "month"))
    assert one.schedule.turn() == 13
    assert one.written() == [f"2026-11-{day}" for day in range(13, 20)]
    assert one.written("week") == ["2026-W43", "2026-W44", "2026-W45", "2026-W46"]
    assert one.written("month") == ["2026-09", "2026-10"]


def test_an_engine_that_is_new_has_no_past(tmp_path: Path) -> None:
    """Days before anything was known are not written; a dark day after one is."""
    one = Scheduled(tmp_path, days=0)
    assert one.schedule.turn() == 0
    one.hear([MIDNIGHT - 3 * DAY])
    one.schedule.turn()
    assert one.written() == ["2026-11-17", "2026-11-18", "2026-11-19"]
    dark = json.loads((tmp_path / "day/2026-11-19/bridge-availability.json").read_text())
    assert (dark["compliance"]["verdict"], dark["compliance"]["attained"], dark["compliance"]["coverage"]) == (
        "unknown",
        None,
        0.0,
    )


def test_days_stay_dark_in_a_later_life(tmp_path: Path) -> None:
    """What was written before says that there is a past, though nothing is known of it any more."""
    Scheduled(tmp_path, days=1).schedule.turn()
    later = Scheduled(tmp_path, days=0)
    later.clock.minute += DAY
    later.schedule.turn()
    assert later.written()[-1] == "2026-11-20"


def test_a_report_is_never_written_over(tmp_path: Path) -> None:
    """Not even when more records came; whoever wants it anew removes it."""
    one = Scheduled(tmp_path, days=1)
    one.schedule.turn()
    page = tmp_path / "day/2026-11-19/index.json"
    page.write_text("mine")
    one.hear([MIDNIGHT - 5])
    assert one.schedule.turn() == 0
    assert page.read_text() == "mine"


def test_what_a_killed_writer_left_is_no_report(tmp_path: Path) -> None:
    """It is written anew, whole."""
    left = tmp_path / f"day/2026-11-19{PART}"
    left.mkdir(parents=True)
    (left / "old.json").write_text("half")
    one = Scheduled(tmp_path, days=1)
    one.schedule.turn()
    assert one.written() == ["2026-11-19"]
    assert not (tmp_path / "day/2026-11-19/old.json").exists()


def test_a_folder_that_cannot_be_written_is_counted_and_tried_again(tmp_path: Path) -> None:
    """The engine goes on; once there is room, the report comes."""
    blocked = tmp_path / "reports"
    blocked.write_text("a file, where a folder is needed")
    one = Scheduled(blocked, days=1)
    assert one.schedule.turn() == 0
    assert one.failures == 1
    blocked.unlink()
    assert one.schedule.turn() == 1
    assert one.failures == 1


def test_a_prometheus_that_is_down_is_waited_for(tmp_path: Path) -> None:
    """Six hours; then the report says that it did not answer."""
    one = Scheduled(tmp_path, BRIDGE, ELSEWHERE, days=1)
    one.clock.minute = MIDNIGHT + 6 * HOUR - 1
    one.schedule.turn()
    assert "2026-11-19" not in one.written()
    one.clock.minute += 1
    one.schedule.turn()
    index = json.loads((tmp_path / "day/2026-11-19/index.json").read_text())
    assert [each["objective_id"] for each in index["unreported"]] == ["shop-checkout"]
    assert one.failures == 0


def test_an_engine_that_stops_leaves_nothing_half(tmp_path: Path) -> None:
    """The next start writes it."""
    one, stopping = Scheduled(tmp_path, days=1), threading.Event()
    stopping.set()
    assert one.schedule.turn(stopping) == 0
    assert one.written() == []


def test_a_turn_that_breaks_ends_no_thread(tmp_path: Path) -> None:
    """It is counted, and the next one comes."""
    one, stopping = Scheduled(tmp_path, days=1), threading.Event()

    def broken() -> int:
        stopping.set()
        raise ZeroDivisionError

    one.schedule._clock = broken
    one.schedule.run(stopping)
    assert one.failures == 1


@pytest.mark.parametrize(("formats", "suffixes"), [(("html", "markdown"), {".html", ".md"}), (("json",), {".json"})])
def test_formats_are_files(tmp_path: Path, formats: Sequence[str], suffixes: set[str]) -> None:
    """Each report and the index in each."""
    one = Scheduled(tmp_path, days=1, formats=formats)
    one.schedule.turn()
    files = list((tmp_path / "day/2026-11-19").iterdir())
    assert {each.suffix for each in files} == suffixes
    assert len(files) == 2 * len(formats)
