"""Whether two records that share an id can be of one story: their times must fit, and what both know must agree.

An id alone is not enough: n8n counts executions from 1 on every instance, and again when it is reset.
"""

from typing import Final

SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000

CLOCK_SLACK_NANO: Final = 5 * SECOND
"""By how much clocks of different hosts may disagree. NTP keeps them within 100 ms, n8n's own sources differ by 155 ms
(execution 3 of the recorded run: 509 ms in REST, 354 ms in OTLP), a virtual machine that was paused by seconds."""
EXECUTION_WINDOW_NANO: Final = 3_600 * SECOND
"""For how long after an execution other systems still work for it: queued jobs with their retries. As `stitch.window`."""
RETRY_WINDOW_NANO: Final = 336 * 3_600 * SECOND
"""n8n keeps executions for 336 h by default (EXECUTIONS_DATA_MAX_AGE); what it has deleted it cannot retry."""
JOB_WINDOW_NANO: Final = 24 * 3_600 * SECOND
"""For how long a job may wait for a worker, its retries with backoff included: a day, as its status is kept."""
PAYLOAD_SKEW_NANO: Final = 250 * MILLISECOND
"""As CLOCK_SLACK_NANO, but where a time is half of the evidence: room for the 155 ms by which n8n's own sources differ."""
QUEUED_WITHIN_NANO: Final = 300 * SECOND
"""How much later than its request a queued job is still known by its payload: telemetry.jobs calls it late after that."""


def agree(one: str, other: str) -> bool:
    """Whether two ids are the same, as far as both are known."""
    return not one or not other or one == other


def within(time: int, start: int, end: int, *, before: int = CLOCK_SLACK_NANO, after: int = CLOCK_SLACK_NANO) -> bool:
    """Whether `time` lies in [start - before, end + after]; all in nanoseconds."""
    return start - before <= time <= end + after
