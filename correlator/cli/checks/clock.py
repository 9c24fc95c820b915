"""The clock: traces of several machines can only be put in order where clocks agree."""

import time
from datetime import UTC, datetime
from typing import Final

from correlator.cli.checks.check import Check, Verdict

MEASURED_S: Final = 0.2
TOLERATED_DRIFT_S: Final = 0.02  # over MEASURED_S: slewing adjusts at most 0.05 %, so that only a step is more
EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)  # before this version was written


def check_clock() -> Check:
    """Whether the wall clock shows a plausible time and runs as fast as the monotonic one."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(MEASURED_S)
    drift_s = abs((time.time() - wall) - (time.monotonic() - steady))
    now = datetime.fromtimestamp(wall, UTC)
    if now < EARLIEST:
        return Check("clock", Verdict.FAIL, f"shows {now:%Y-%m-%d %H:%M:%S}Z", "set the clock, and keep it by NTP")
    if drift_s > TOLERATED_DRIFT_S:
        seen = f"moved by {drift_s:.3f} s against the steady clock in {MEASURED_S} s"
        return Check("clock", Verdict.WARN, seen, "something is setting the clock: let NTP alone do it")
    return Check("clock", Verdict.OK, f"{now:%Y-%m-%d %H:%M:%S}Z and steady; NTP not checked")
