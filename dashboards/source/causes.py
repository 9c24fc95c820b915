"""The table of open incidents, shown on two dashboards."""

from grafana_foundation_sdk.builders.table import Panel

from dashboards.source.links import INCIDENTS, Link, to_dashboard
from dashboards.source.panels import ORANGE, About, Column, table
from dashboards.source.queries import Query


def causes_table(system: str = ".*") -> Panel:
    """Each incident that is open with its cause in one sentence. `system` is a pattern, or the variable of a dashboard."""
    about = About(
        "Open incidents and their causes",
        "What fails now, and the one cause that the engine found for it. The cause leads to its evidence.",
        "none",
        ((None, ORANGE),),
    )
    query = Query(
        'max by (incident, system, service, cause, link) (correlator_incident_cause_info{sloth_id="", system=~"'
        + system
        + '"})'
    )
    return table(
        about,
        query,
        Column("system", "System", width=90, link=to_dashboard(INCIDENTS, "Incidents of it", system="${__value.raw}")),
        Column("service", "Service", width=120),
        Column("cause", "Cause", link=Link("Evidence", "${__data.fields.link}")),
        Column("link", "Evidence", width=200, link=Link("Open", "${__value.raw}")),
    )
