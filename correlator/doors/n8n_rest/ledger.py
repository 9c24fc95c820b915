"""What is known of n8n's executions, kept as one small text so that a restart sends nothing twice and forgets nothing."""

import os
from pathlib import Path
from typing import Final, Protocol

import msgspec
import structlog

VERSION: Final = 1
MAX_OPEN: Final = 10_000  # executions that are not dealt with yet; walking stops until there is room
MAX_SETTLED: Final = 5_000  # executions that were dealt with, by id: n8n may change their rows later
MAX_GAPS: Final = 16  # stretches of ids that were not walked yet

log = structlog.get_logger()


class Open(msgspec.Struct):
    """An execution to be dealt with. `status` is the last seen; `failures` counts the turns in which its document would not come.

    Of one that waits or waited: `waited` is the digest of the row that was told, `waited_span` the workflow span of that
    part as hex (trace id, span id), `waited_until_unix_nano` its end.
    """

    workflow_id: str
    status: str
    digest: str
    started_unix_nano: int | None
    stopped_unix_nano: int | None
    failures: int = 0
    waited: str = ""
    waited_span: str = ""
    waited_until_unix_nano: int = 0


class Settled(msgspec.Struct, array_like=True):
    """How an execution was when it was dealt with: its start, digest of its row, and of what was sent (empty: nothing)."""

    started_unix_nano: int | None
    row: str
    sent: str = ""


class Gap(msgspec.Struct, array_like=True):
    """Ids above `floor` and below where `cursor` goes on (None: from the newest on) are not walked yet."""

    cursor: str | None
    floor: int


class State(msgspec.Struct):
    """Ids up to `floor` are known ground, but for the gaps; `top` is the highest seen. Rows started before `since` are left alone."""

    instance: str
    since_unix_nano: int
    version: int = VERSION
    top: int = 0
    top_started_unix_nano: int = 0
    floor: int = 0
    gaps: list[Gap] = msgspec.field(default_factory=list)
    open: dict[int, Open] = msgspec.field(default_factory=dict)
    settled: dict[int, Settled] = msgspec.field(default_factory=dict)

    def settle(self, number: int, settled: Settled) -> None:
        """It is dealt with; of more than MAX_SETTLED the lowest ids are forgotten."""
        self.open.pop(number, None)
        self.settled[number] = settled
        if len(self.settled) > MAX_SETTLED * 1.1:
            for old in sorted(self.settled)[:-MAX_SETTLED]:
                del self.settled[old]


class Kept(Protocol):
    """Where the ledger's content is: a whole, replaced as one."""

    def read(self) -> bytes | None:
        """None where nothing was written. Raises OSError, or CorrelatorError."""
        ...

    def write(self, content: bytes) -> None:
        """Durable on return. Raises OSError, or CorrelatorError."""
        ...


class Ledger:
    """What was sent, kept over restarts."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._written = b""

    def load(self, instance: str) -> State | None:
        """What was kept of this n8n; None where nothing was, or nothing that can be read: then one looks back anew.

        Raises CorrelatorError where it cannot be asked for now.
        """
        try:
            content = self._kept.read()
            state = None if content is None else msgspec.json.decode(content, type=State)
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            log.warning("n8n_ledger_unreadable", error_type=type(error).__name__)
            return None
        return state if state and state.version == VERSION and state.instance == instance else None

    def save(self, state: State) -> None:
        """Durable on return. Raises OSError, or CorrelatorError."""
        content = msgspec.json.encode(state)
        if content != self._written:
            self._kept.write(content)
            self._written = content


class KeptFile:
    """A file. A crash leaves the old or the new one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        """None where there is no file."""
        return self._path.read_bytes() if self._path.exists() else None

    def write(self, content: bytes) -> None:
        """Durable on return. Raises OSError."""
        temporary = self._path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
