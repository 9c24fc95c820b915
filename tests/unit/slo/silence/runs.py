"""Runs of one workflow, in seconds."""

from correlator.model.run import Run

S = 10**9
HOUR = 3_600


def run(
    start_s: float,
    took_s: float | None = 10,
    *,
    is_success: bool = True,
    items: int | None = 5,
    failed: tuple[str, ...] = (),
) -> Run:
    """One run; None for one that has not stopped."""
    start = round(start_s * S)
    stopped = None if took_s is None else start + round(took_s * S)
    return Run("wf", f"at-{start_s:g}", start, stopped, is_success and stopped is not None, items, failed)


def hourly(count: int) -> list[Run]:
    """From 0 on."""
    return [run(number * HOUR) for number in range(count)]
