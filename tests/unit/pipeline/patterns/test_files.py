"""Files of rules that are rewritten under a running engine, piece by piece."""

import threading
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from correlator.pipeline.patterns.files import PatternFiles, read_files, shipped_folder
from correlator.pipeline.rules.files import FILE_BYTES
from correlator.telemetry.metrics import EngineMetrics
from tests.unit.explain.pattern.test_document import GOOD

OTHER = GOOD.replace("relay-denied", "other")


class Kept:
    """A folder of rules, and what keeps them."""

    def __init__(self, folder: Path, **options: bool) -> None:
        self.folder = folder
        self.metrics = EngineMetrics()
        self.files = PatternFiles([folder], self.metrics, **({"with_shipped": False} | options))

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def look(self, times: int = 2) -> list[str]:
        for _ in range(times):
            self.files.look()
        return self.ids

    @property
    def ids(self) -> list[str]:
        return [each.rule.rule_id for each in self.files.current.rules]

    @property
    def failures(self) -> float:
        return self.metrics.registry.get_sample_value("correlator_rule_reload_failures_total") or 0.0


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    (tmp_path / "a.yaml").write_text(GOOD)
    return Kept(tmp_path)


def test_rules_are_in_force_from_the_start(kept: Kept) -> None:
    """Read once, without waiting."""
    assert kept.ids == ["relay-denied"]
    assert kept.files.describe() == "1 rules"


def test_a_change_is_taken_once_it_is_still(kept: Kept) -> None:
    """At the second look that finds it the same."""
    kept.write("b.yaml", OTHER)
    assert kept.look(1) == ["relay-denied"]
    assert kept.look(1) == ["relay-denied", "other"]


def test_a_file_that_is_being_written_is_not_read(kept: Kept) -> None:
    """However many pieces it comes in: each of them would be valid YAML of half a rule, or of a wrong one."""
    for end in range(1, len(OTHER), 20):
        kept.write("b.yaml", OTHER[:end])
        assert kept.look(1) == ["relay-denied"]
    kept.write("b.yaml", OTHER)
    assert kept.look() == ["relay-denied", "other"]
    assert kept.failures == 0


def test_a_broken_file_keeps_all_rules_as_they_were(kept: Kept) -> None:
    """Not those of the other files either: never half a change. It is told once, and counted."""
    kept.write("a.yaml", GOOD.replace("The mail", "The new mail"))
    kept.write("b.yaml", OTHER.replace("title:", "titel:"))
    before = kept.files.current
    with capture_logs() as logs:
        kept.look(6)
    assert kept.files.current is before
    assert [each["event"] for each in logs] == ["patterns_not_loaded"]
    assert f"{kept.folder / 'b.yaml'}:2: unknown key 'titel'; did you mean 'title'?" in logs[0]["mistakes"]
    assert kept.failures == 1
    assert "b.yaml:2" in kept.files.describe()


def test_mending_the_file_takes_all_of_the_change(kept: Kept) -> None:
    """And the failure is over."""
    kept.write("a.yaml", GOOD.replace("The mail", "The new mail"))
    kept.write("b.yaml", OTHER.replace("title:", "titel:"))
    kept.look()
    kept.write("b.yaml", OTHER)
    assert kept.look() == ["relay-denied", "other"]
    assert kept.files.current.rules[0].rule.title == "The new mail server refuses us"
    assert kept.files.failure is None


def test_a_rule_whose_own_tests_fail_is_not_taken(kept: Kept) -> None:
    """It would not do what its author wants."""
    event = "{at: 0s, system: bridge, kind: log}"
    kept.write("b.yaml", OTHER + f"tests:\n  should_match:\n    - name: one\n      events: [{event}]\n")
    assert kept.look() == ["relay-denied"]
    assert kept.files.failure is not None


def test_a_deleted_file_takes_its_rules_with_it(kept: Kept) -> None:
    """A folder that is gone is a mistake instead: it is renamed, or not mounted."""
    kept.write("b.yaml", OTHER)
    kept.look()
    (kept.folder / "a.yaml").unlink()
    assert kept.look() == ["other"]
    kept.folder.rename(kept.folder.with_name("gone"))
    assert kept.look() == ["other"]
    assert kept.failures == 1


def test_a_folder_can_be_swapped_at_once(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As Kubernetes does with a ConfigMap: a link that is put in another's place."""
    new = tmp_path_factory.mktemp("new")
    (new / "b.yaml").write_text(OTHER)
    link, next_link = kept.folder / "link", kept.folder / "next"
    link.symlink_to(kept.folder)
    linked = Kept(link)
    next_link.symlink_to(new)
    next_link.rename(link)
    assert linked.look() == ["other"]


def test_one_id_in_two_files_is_a_mistake(kept: Kept) -> None:
    """Which of them counts would be chance."""
    kept.write("b.yaml", GOOD)
    assert kept.look() == ["relay-denied"]
    assert kept.files.failure is not None
    assert "is taken by" in str(kept.files.failure.mistakes[0])


def test_a_rule_takes_the_place_of_the_shipped_one_of_its_id(tmp_path: Path) -> None:
    """So that a team can set its own thresholds."""
    (tmp_path / "a.yaml").write_text(GOOD.replace("relay-denied", "worker-killed"))
    kept = Kept(tmp_path, with_shipped=True)
    assert sorted(kept.ids) == sorted(each.rule.rule_id for each in read_files([shipped_folder()])[0])
    (own,) = [each for each in kept.files.current.rules if each.rule.rule_id == "worker-killed"]
    assert own.rule.title == "The mail server refuses us"


def test_the_shipped_rules_are_in_force_though_a_folder_is_broken_at_the_start(tmp_path: Path) -> None:
    """The engine is there to take telemetry in; it says what is wrong."""
    kept = Kept(tmp_path / "none", with_shipped=True)
    assert "worker-killed" in kept.ids
    assert kept.failures == 1


@pytest.mark.parametrize("content", [b"\xff\xfe", b"id: x\ntitle: \xff", b" " * (FILE_BYTES + 1), b""])
def test_what_is_no_text_is_a_mistake(kept: Kept, content: bytes) -> None:
    """And no fault."""
    (kept.folder / "b.yaml").write_bytes(content)
    assert kept.look() == ["relay-denied"]
    assert kept.failures == 1


def test_hidden_and_other_files_are_left_alone(kept: Kept) -> None:
    """An editor's own files, and a README."""
    kept.write(".b.yaml.swp", "x")
    kept.write(".b.yaml", "x")
    kept.write("README.md", "x")
    assert kept.look() == ["relay-denied"]
    assert kept.failures == 0


def test_readers_never_see_half_a_change(kept: Kept) -> None:
    """While a writer rewrites two files again and again, in small pieces, both always have the same title."""
    stop, interval_s, number, seen = threading.Event(), 0.1, 0, dict[int, set[int]]()
    looking = threading.Thread(target=kept.files.run, args=(stop, interval_s))
    looking.start()
    try:
        while len(seen) < 4 and number < 100:
            number, began = number + 1, time.monotonic()
            for name, text in (("a.yaml", GOOD), ("b.yaml", OTHER)):
                _write_slowly(kept.folder / name, text.replace("The mail", f"Number {number} of the mail"))
            if time.monotonic() - began >= interval_s:
                continue  # whoever takes so long over a change is promised nothing
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and number not in _numbers(kept):
                time.sleep(0.002)
            seen[number] = _numbers(kept)
    finally:
        stop.set()
        looking.join()
    assert len(seen) == 4
    assert all(numbers == {number} for number, numbers in seen.items())


def _write_slowly(file: Path, text: str) -> None:
    with file.open("w") as opened:
        for start in range(0, len(text), 40):
            opened.write(text[start : start + 40])
            opened.flush()
            time.sleep(0.0005)


def _numbers(kept: Kept) -> set[int]:
    titles = [each.rule.title for each in kept.files.current.rules]
    return {int(title.split()[1]) for title in titles if title.startswith("Number")}
