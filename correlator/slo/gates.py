"""Gates for low traffic: how much must have happened before an alert may begin.

Without one, a single failure pages whenever the hour has few events: 6 at an objective of 99 %, 69 at 99.9 %. With
`min_failures` = k, and an objective that is just met, failures come by chance as a Poisson process, and the worst hour for
a false page is the busiest in which k of them are over the factor: k / 14.4 expected. P(k or more) is 6.7 % an hour for 1,
0.88 % for 2, and 0.13 % for 3: one false page a month, where traffic is at its worst. Hence 3 for a page.

A ticket at a factor of 1 is just over what the budget allows, so that k failures are nothing where k are allowed: whatever k,
there is a traffic at which half of the budget, always spent, opens six tickets a month. So only failures beside those that the
budget allows of the window's events are counted, rounded: with 2 it is 1.5 a month at the worst traffic, with 3 0.6
(docs/benchmarks.md). Hence 3. Pages hardly see the difference: their windows allow few.
`min_events` lets a workflow that runs hourly page within six hours, and a daily one open a ticket within three days.
"""

from typing import Final

import numpy as np

from correlator.model.objective import Gate
from correlator.slo.minute_series import Bools, Floats, WindowSums

PAGE_GATE: Final = Gate(min_events=5, min_failures=3)
TICKET_GATE: Final = Gate(min_events=3, min_failures=3)
ROUNDED: Final = 0.5
"""Of a failure: what is so near to a number of them reaches it. Nobody counts halves, and Prometheus guesses at hundredths."""


def is_open(gate: Gate, sums: WindowSums, error_budget: float) -> Bools:
    """Whether enough was seen to begin an alert, (windows,). A bound that is just reached is."""
    has_failures = sums.failures >= least_failures(gate, sums, error_budget)
    return np.asarray((sums.total >= gate.min_events) & has_failures)


def least_failures(gate: Gate, sums: WindowSums, error_budget: float) -> Floats:
    """How many of the window's events must have failed: `min_failures` beside those that may, rounded. (windows,)"""
    return np.asarray(error_budget * sums.total + gate.min_failures - ROUNDED)
