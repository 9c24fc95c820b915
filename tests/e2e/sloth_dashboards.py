"""What Grafana's public dashboards of Sloth's series ask: 14348, "SLO / Detail", and 14643, "High level Sloth SLOs".

Series, labels and joins, with their variables (`service`, `slo`, `sli_window` and the month shown) filled in; no panel is copied.
"""

from collections.abc import Mapping
from typing import Final

MONTH: Final = "budget left of the month"
"""The one that looks at full hours only: a stack that is younger shows nothing."""
SLI_WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")
HIGH_LEVEL: Final[Mapping[str, str]] = {
    "objectives": "count(sloth_slo_info)",
    "burn rates": "sort_desc(sum by (sloth_id, sloth_service, sloth_slo) (slo:current_burn_rate:ratio))",
    "burn over the period": "sort_desc(slo:period_burn_rate:ratio)",
    "budget left": "sort(slo:period_error_budget_remaining:ratio)",
    "budget left, with what is promised": "slo:period_error_budget_remaining:ratio"
    " * on (sloth_id, sloth_service, sloth_slo) group_left (sloth_objective) sloth_slo_info",
    "of the budget, an hour": "slo:sli_error:ratio_rate1h / on (sloth_id, sloth_service, sloth_slo) group_left slo:error_budget:ratio",
}


def selectors(service: str) -> tuple[str, str]:
    """The selectors of which `sloth_service` and, of a service chosen, `sloth_slo` are listed."""
    return "sloth_slo_info", f'sloth_slo_info{{sloth_service="{service}"}}'


def detail(service: str, slo: str, month: int) -> dict[str, str]:
    """The queries of "SLO / Detail" with an objective chosen, by what they show. `month` is 1 to 12."""
    of = f'{{sloth_service="{service}", sloth_slo="{slo}"}}'
    return {
        **{f"SLI over {window}": f"1 - slo:sli_error:ratio_rate{window}{of}" for window in SLI_WINDOWS},
        "SLI by window": f'max by (sloth_window) ({{__name__=~"slo:sli_error:ratio_rate.*", {of[1:]})',
        "promised": f"slo:objective:ratio{of}",
        "days": f"slo:time_period:days{of}",
        "info": f"sloth_slo_info{of}",
        "burn rate": f"slo:current_burn_rate:ratio{of}",
        "budget left of the period": f"slo:period_error_budget_remaining:ratio{of}",
        "where a page begins": f"slo:error_budget:ratio{of} * 14.4",
        MONTH: f"1 - (sum_over_time((slo:sli_error:ratio_rate1h{of} * on () group_left () (month() == bool vector({month})))[32d:1h])"
        f" / on (sloth_id) (slo:error_budget:ratio{of} * on () group_left () (24 * days_in_month())))",
    }


def alerts(service: str, slo: str, severity: str) -> str:
    """What fires for an objective; nothing while all is well."""
    return f'ALERTS{{sloth_service="{service}", sloth_slo="{slo}", sloth_severity="{severity}", alertstate="firing"}}'
