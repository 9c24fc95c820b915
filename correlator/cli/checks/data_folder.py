"""The data folder: of a format that this version reads, and not held by another engine."""

import fcntl
import os
from pathlib import Path

from correlator.cli.checks.check import Check, Verdict
from correlator.store.segments.data_folder import FORMAT

NAME = "data folder"


def check_data_folder(data_dir: Path) -> Check:
    """Whether an engine could open it. Looks only: makes nothing, waits for nothing."""
    if not data_dir.exists():
        return Check(NAME, Verdict.OK, f"{data_dir} does not exist yet; the engine makes it")
    try:
        found = _format(data_dir)
        held = _is_held(data_dir / "lock")
    except OSError as error:
        seen = f"{data_dir} cannot be read: {error.strerror}"
        return Check(NAME, Verdict.FAIL, seen, "give this user the right to it, or choose another --data-dir")
    if not found.isdigit() or int(found) > FORMAT:
        seen = f"{data_dir} has format {found[:20]!r}, and this version reads up to {FORMAT}"
        return Check(
            NAME, Verdict.FAIL, seen, "install the newer correlator that wrote it, or choose another --data-dir"
        )
    return Check(NAME, Verdict.OK, f"{data_dir}, format {found}" + (", held by a running engine" if held else ""))


def _format(data_dir: Path) -> str:
    """What its format file says; a folder without one is new."""
    file = data_dir / "format"
    return file.read_text(encoding="utf-8", errors="replace").strip() if file.exists() else str(FORMAT)


def _is_held(lock: Path) -> bool:
    if not lock.exists():
        return False
    descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
