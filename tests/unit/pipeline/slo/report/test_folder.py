"""Files of reports."""

from pathlib import Path

from correlator.pipeline.slo.report.folder import PART, write_durably


def test_a_link_that_somebody_left_is_not_followed(tmp_path: Path) -> None:
    """Neither that of the file, nor that of the name it is written under at first."""
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs", encoding="utf-8")
    report = tmp_path / "index.md"
    for each in (report, tmp_path / f"index.md{PART}"):
        each.symlink_to(theirs)
    write_durably(report, "ours")
    assert report.read_text(encoding="utf-8") == "ours"
    assert theirs.read_text(encoding="utf-8") == "theirs"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["index.md", "theirs"]


def test_what_a_killed_writer_left_is_replaced(tmp_path: Path) -> None:
    """Half a file under the other name."""
    (tmp_path / f"index.md{PART}").write_text("half", encoding="utf-8")
    write_durably(tmp_path / "index.md", "whole")
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == ["whole"]
