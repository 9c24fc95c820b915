"""How the store tells what it does: a callback with a name and a number, which wiring turns into metrics.

| name | number |
|---|---|
| commit_seconds | duration of one group: write and fdatasync |
| seal_seconds, merge_seconds | duration of one seal, one merge |
| sealed_rows, merged_rows, retired_rows | rows written, or dropped by retention |
| log_write_errors, background_errors | 1 each |
| replay_rejected | 1 for each durable request that cannot be decoded any more |
"""

from collections.abc import Callable

Observe = Callable[[str, float], None]


def unobserved(name: str, number: float) -> None:
    """Drops it."""
