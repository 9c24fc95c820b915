"""A folder of reports: `day/2026-11-20/bridge-availability.html`, and an index beside it. Each range is whole, or is not there."""

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from correlator.pipeline.slo.report.links import FileLinks, file_name
from correlator.pipeline.slo.report.pages import SUFFIXES, ReportFormat, overview_page, report_page
from correlator.slo.report import ObjectiveReport, Overview, OverviewLine, ReportRange, Unreported, line_of, overview_of

INDEX: Final = "index"
PART: Final = ".part"  # of the name of what is being written


class ReportFolder:
    """Writes reports into a folder that it makes. `public_url` is where links to incidents lead; None links to none."""

    def __init__(self, root: Path, formats: Sequence[ReportFormat], public_url: str | None = None) -> None:
        self._root = root
        self._formats = tuple(formats)
        self._public_url = public_url

    def place(self, report_range: ReportRange) -> Path:
        return self._root / report_range.period / report_range.label

    def holds(self, report_range: ReportRange) -> bool:
        return self.place(report_range).is_dir()

    def first_label(self, period: str) -> str | None:
        """Of the earliest range of that sort that is there; labels of one sort are in the order of time."""
        folder = self._root / period
        if not folder.is_dir():
            return None
        return min((each.name for each in folder.iterdir() if not each.name.endswith(PART)), default=None)

    def write(
        self, report_range: ReportRange, until_unix_nano: int, made: Iterable[ObjectiveReport | Unreported]
    ) -> Path:
        """All of one range, durable, under a name of its own at first. Raises OSError, or what `made` raises, and leaves nothing.

        A range that is there already is never touched: remove its folder to have it anew.
        """
        place = self.place(report_range)
        part = place.with_name(place.name + PART)
        shutil.rmtree(part, ignore_errors=True)  # of a writer that was killed
        try:
            part.mkdir(parents=True)
            write_pages(part, self._formats, self._public_url, report_range, until_unix_nano, made)
            _sync(part)
            part.rename(place)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        _sync(place.parent)
        return place


def write_pages(
    folder: Path,
    formats: Sequence[ReportFormat],
    public_url: str | None,
    report_range: ReportRange,
    until_unix_nano: int,
    made: Iterable[ObjectiveReport | Unreported],
) -> Overview:
    """A file for each report and format as it is made, and an index. What is there is replaced. Raises OSError."""
    lines, unreported = list[OverviewLine](), list[Unreported]()
    for each in made:
        if isinstance(each, Unreported):
            unreported.append(each)
            continue
        lines.append(line_of(each))
        for form in formats:
            page = report_page(each, form, FileLinks(SUFFIXES[form], public_url))
            write_durably(folder / (file_name(each.objective_id) + SUFFIXES[form]), page)
    overview = overview_of(report_range, until_unix_nano, lines, unreported)
    for form in formats:
        page = overview_page(overview, form, FileLinks(SUFFIXES[form], public_url))
        write_durably(folder / (INDEX + SUFFIXES[form]), page)
    return overview


def write_durably(path: Path, text: str) -> None:
    """The whole file or the one before: written under another name, synced, renamed. Raises OSError.

    That other name is of a new file: in a folder that others may write to, what is there could lead anywhere.
    """
    part = path.with_name(path.name + PART)
    part.unlink(missing_ok=True)  # of a writer that was killed
    try:
        with part.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
