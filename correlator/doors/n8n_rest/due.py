"""Which executions are to be dealt with now."""

from correlator.doors.n8n_rest.document import FINISHED, Listed
from correlator.doors.n8n_rest.ledger import Open, State


def due_rows(state: State, ended_by_unix_nano: int) -> list[Listed]:
    """Lowest id first: those that ended, or began to wait, by then. A wait is told once."""
    rows = ((_row(number, known), known) for number, known in sorted(state.open.items()))
    return [
        row
        for row, known in rows
        if not _is_told(row, known) and (row.stopped_unix_nano or row.started_unix_nano or 0) <= ended_by_unix_nano
    ]


def oldest_due_unix_nano(state: State) -> int | None:
    """When the execution ended that waits longest to be dealt with; None when none does."""
    ended = (known.stopped_unix_nano for known in state.open.values() if known.status in FINISHED)
    return min((each for each in ended if each is not None), default=None)


def _is_told(row: Listed, known: Open) -> bool:
    """Whether there is nothing more to tell of it before it goes on."""
    return row.status not in FINISHED and (row.status != "waiting" or known.waited == row.digest)


def _row(number: int, known: Open) -> Listed:
    return Listed(
        number, known.status, known.workflow_id, known.started_unix_nano, known.stopped_unix_nano, known.digest
    )
