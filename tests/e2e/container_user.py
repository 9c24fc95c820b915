"""A process that may write as little as in its container: the image's user, no capability but to read."""

import os
import shutil
from pathlib import Path
from typing import Final

READ_ONLY: Final = "-all,+dac_read_search"
"""A test's folders and Python may be closed to all but root: reading them is allowed, writing is not."""
WHY_SKIPPED: Final = "only root can become an image's user, with setpriv of util-linux"


def can_become_another() -> bool:
    """Whether this test run may start processes as somebody else."""
    return os.geteuid() == 0 and shutil.which("setpriv") is not None


def as_user(user: str) -> list[str]:
    """The words before a command that have it run as `user` (uid:gid); none where this test run cannot do that."""
    if not can_become_another():
        return []
    uid, _, gid = user.partition(":")
    kinds = ("inh-caps", "ambient-caps", "bounding-set")
    identity = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs"]
    return [*identity, *(f"--{kind}={READ_ONLY}" for kind in kinds)]


def give(folder: Path, user: str) -> None:
    """Make a folder the user's, who alone may look into it; as a new volume is in a container."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if can_become_another():
        uid, _, gid = user.partition(":")
        os.chown(folder, int(uid), int(gid))
