"""The cause of an alert, as the engine names it when the alert is sent: in annotations only, so that the alert stays the same.

Of the incidents that concern the objective, the one with the most failures a minute since it opened is named: neither a
trickle that is open for days nor a by-effect that opened last.
"""

from typing import Final

from correlator.slo.rule_files.names import CAUSE_INFO, INCIDENT_RATE, SLOTH_ID
from correlator.slo.rule_files.rule import Labels

NO_CAUSE: Final = "No incident that concerns this objective is known; its runbook says what to look at."
NO_LINK: Final = "docs/runbooks/error-budget-burn.md#if-no-incident-is-open"
CAUSE: Final = "cause"
CAUSE_LINK: Final = "cause_link"

# %q quotes as PromQL does. `max` makes one of several engines that tell of the same incident.
_QUERY: Final = (
    f"topk(1, max by (incident, cause, link) ({CAUSE_INFO}{{{SLOTH_ID}=%q}})"
    f" * on (incident) group_left () max by (incident) ({INCIDENT_RATE}))"
)


def cause_annotations() -> Labels:
    """The sentence and where its evidence is; where no cause is known, that, and what to do then."""
    return {CAUSE: _of_worst("cause", NO_CAUSE), CAUSE_LINK: _of_worst("link", NO_LINK)}


def _of_worst(label: str, otherwise: str) -> str:
    query = f"printf `{_QUERY}` $labels.{SLOTH_ID} | query"
    return f'{{{{ with {query} }}}}{{{{ . | first | label "{label}" }}}}{{{{ else }}}}{otherwise}{{{{ end }}}}'
