"""Files and folders of rules that a command line names."""

from collections.abc import Sequence
from pathlib import Path

from correlator.cli.exits import CommandFailed, ExitCode


def existing(paths: Sequence[Path]) -> Sequence[Path]:
    """The paths, all of which are there. Raises CommandFailed: a path that names nothing is wrong use, no mistake in a rule."""
    for path in paths:
        if not path.exists():
            message = f"{path}: there is no such file or folder; name one that holds rules"
            raise CommandFailed(message, ExitCode.WRONG_USE)
    return paths
