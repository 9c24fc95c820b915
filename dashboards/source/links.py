"""Links between dashboards. Each names the dashboard by its uid and hands on the time, the data source and variables."""

from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

TAG: Final = "correlator"
OVERVIEW: Final = "correlator-overview"
N8N: Final = "correlator-n8n"
SERVICES: Final = "correlator-services"
BRIDGE: Final = "correlator-bridge"
SLOS: Final = "correlator-slos"
INCIDENTS: Final = "correlator-incidents"


@dataclass(frozen=True, slots=True)
class Link:
    """From a value to where more is told."""

    title: str
    url: str


def to_dashboard(uid: str, title: str, **variables: str) -> Link:
    """A link to the dashboard `uid`, at the same time and of the same data source. `variables` sets those of that dashboard to a text, or a label of the value:

    to_dashboard(SLOS, "Objectives", slo="${__field.labels.sloth_id}")
    """
    kept = {"datasource": "${datasource}", **variables}
    parts = [f"var-{name}={value}" for name, value in kept.items()]
    return Link(title, f"/d/{uid}?{'&'.join((*parts, '${__url_time_range}'))}")


def built(link: Link) -> DashboardLink:
    """As Grafana has it."""
    return DashboardLink(link.title).url(link.url)


def to_all_others() -> DashboardLink:
    """The list at the top of each dashboard: by tag, so that it can name none that is not there."""
    link = DashboardLink("correlator").type(DashboardLinkType.DASHBOARDS).tags([TAG]).as_dropdown(True)
    return link.keep_time(True).include_vars(True).tooltip("The other dashboards of correlator")
