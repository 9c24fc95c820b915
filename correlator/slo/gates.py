"""Gates for low traffic: how much must have happened before an alert may begin.

Without one, a single failure pages whenever the hour has few events: 6 at an objective of 99 %, 69 at 99.9 %. With
`min_failures` = k, and an objective that is just met, failures come by chance as a Poisson process, and the worst hour for
a false page is the busiest in which k of them are over the factor: k / 14.4 expected. P(k or more) is 6.7 % an hour for 1,
0.88 % for 2, and 0.13 % for 3: one false page a month, where traffic is at its worst. Hence 3 for a page. A ticket costs less.
`min_events` lets a workflow that runs hourly page within six hours, and a daily one open a ticket within three days.
"""

from typing import Final

import numpy as np

from correlator.model.objective import Gate
from correlator.slo.minute_series import Bools, WindowSums

PAGE_GATE: Final = Gate(min_events=5, min_failures=3)
TICKET_GATE: Final = Gate(min_events=3, min_failures=2)
_ROUNDING: Final = 1e-9  # of failures that are sums of ratios


def is_open(gate: Gate, sums: WindowSums) -> Bools:
    """Whether enough was seen to begin an alert, (windows,). A bound that is just reached is."""
    return np.asarray((sums.total >= gate.min_events) & (sums.failures >= gate.min_failures - _ROUNDING))
