"""correlator incidents: what is broken, or was."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from correlator.cli.alert_lines import AlertAnswer, alert_line
from correlator.cli.options import DEFAULT_API, ApiUrl, AsJson, Token
from correlator.model.incident import Incident


class State(StrEnum):
    """Which incidents to list."""

    OPEN = "open"
    RESOLVED = "resolved"


def incidents(
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", help="Show this one, and why.", show_default=False)
    ] = None,
    state: Annotated[State | None, typer.Option("--state", help="Only these.", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 100,
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List incidents, newest first; with a KEY show that one."""
    from correlator.cli.api_client import ApiClient
    from correlator.cli.printing import print_json, stdout

    view: RenderableType
    with ApiClient(api, token) as client:
        if key is not None:
            one = client.incident(key)
            text, view = one.json, incident_view(one.value, client.incident_alerts(key).value.alerts)
        else:
            page = client.incidents(state, limit)
            text, view = page.json, incidents_view(page.value.incidents)
    if as_json:
        print_json(text)
    else:
        stdout().print(view)


def incidents_view(listed: tuple[Incident, ...]) -> RenderableType:
    """Two lines each, so that a key is whole at any width: what it is, and the title."""
    from correlator.console import plain

    if not listed:
        return Text("no incidents")
    lines = (line for each in listed for line in (plain(_headline(each)), plain(f"  {each.title}", "bold")))
    return Group(*lines)


def _headline(incident: Incident) -> str:
    from correlator.console import counted, utc

    opened = utc(incident.opened_at_unix_nano)
    return f"{incident.key}  {incident.state} {incident.severity}  {counted(incident.failures, 'failure')}  {opened}"


def incident_view(incident: Incident, alerts: tuple[AlertAnswer, ...] = ()) -> RenderableType:
    """One incident: when, what it hit, which alerts are of it, and its root cause."""
    from correlator.console import counted, finding_view, plain, utc

    resolved = incident.resolved_at_unix_nano
    lines = (
        f"{incident.state}, {incident.severity}, {counted(incident.failures, 'failure')}",
        f"opened {utc(incident.opened_at_unix_nano)}, last seen {utc(incident.last_seen_unix_nano)}"
        + (f", resolved {utc(resolved)}" if resolved is not None else ""),
        f"services: {', '.join(incident.services)}",
        *([f"workflows: {', '.join(incident.workflows)}"] if incident.workflows else []),
        *([f"traces: {', '.join(incident.trace_ids[:3])}"] if incident.trace_ids else []),
        *([f"before: {incident.previous}"] if incident.previous else []),
        *(alert_line(alert) for alert in alerts),
    )
    return Group(
        plain(incident.title, "bold"),
        *map(plain, lines),
        Text(),
        finding_view(incident.root_cause, f"incident {incident.key}"),
    )
