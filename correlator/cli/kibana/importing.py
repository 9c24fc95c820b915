"""correlator kibana import."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson, ConfigFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from correlator.cli.kibana.alerts import Alert
    from correlator.cli.kibana.client import KibanaClient, KibanaPlace
    from correlator.cli.kibana.outcome import Outcome
    from correlator.cli.kibana.shipped import Shipped
    from correlator.settings import Settings

Url = Annotated[
    str | None, typer.Option("--url", metavar="URL", help="Where Kibana is; else kibana.url.", show_default=False)
]
Space = Annotated[
    str | None, typer.Option("--space", metavar="ID", help="Its space; else kibana.space.", show_default=False)
]
ApiKeyFile = Annotated[
    Path | None,
    typer.Option("--api-key-file", metavar="FILE", help="File with an API key; else kibana.api_key_file.", show_default=False),
]  # fmt: skip
EngineUrl = Annotated[
    str | None,
    typer.Option(
        "--engine-url",
        metavar="URL",
        help="Where people reach the engine, for links in rows; else listen.public_url, or the API's address.",
        show_default=False,
    ),
]
Alerts = Annotated[
    bool, typer.Option("--alerts", help="Make the log-based alerts as well; those that are there are left alone.")
]
ReplaceOthers = Annotated[
    bool, typer.Option("--replace-others", help="Replace objects at our ids that are not ours, too.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Ask Kibana what is there, say what would be done, do nothing.")
]


def import_command(
    url: Url = None,
    space: Space = None,
    api_key_file: ApiKeyFile = None,
    engine_url: EngineUrl = None,
    alerts: Alerts = False,
    replace_others: ReplaceOthers = False,
    dry_run: DryRun = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Put dashboards, saved searches and data views into Kibana, or bring those that are there up to date.

    Objects of ours that somebody changed in Kibana are replaced: save a changed one under a name of your own.
    """
    from correlator.cli.kibana.alerts import shipped_alerts
    from correlator.cli.kibana.client import KibanaClient
    from correlator.cli.kibana.shipped import shipped_objects
    from correlator.cli.kibana.view import as_document, as_table
    from correlator.cli.printing import print_json, stdout

    settings = _settings(config, {"url": url, "space": space, "api_key_file": api_key_file})
    place, prefix = _place(settings), settings.elasticsearch.prefix
    shipped = shipped_objects(_engine_url(engine_url, settings), prefix)
    with KibanaClient(place) as client:
        outcomes = _imported(client, shipped, replace_others, dry_run)
        if alerts and not any(each.is_problem for each in outcomes):
            outcomes = (*outcomes, *_alerts_made(client, shipped_alerts(prefix), dry_run))
    if as_json:
        print_json(as_document(outcomes, place.base, dry_run))
    else:
        stdout().print(as_table(outcomes, place.base, dry_run))
    if any(each.is_problem for each in outcomes):
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def _imported(
    client: "KibanaClient", shipped: "Sequence[Shipped]", takes_others: bool, is_dry_run: bool
) -> "tuple[Outcome, ...]":
    """All or nothing where one of our ids is another's; what happens otherwise is Kibana's answer."""
    from correlator.cli.kibana.outcome import imported, planned
    from correlator.cli.kibana.shipped import ndjson

    plan = planned(shipped, client.existing(each.key for each in shipped), takes_others)
    refused = tuple(each for each in plan if each.is_problem)
    if is_dry_run:
        return plan
    return refused or imported(client.import_objects(ndjson(shipped)), shipped, plan)


def _alerts_made(client: "KibanaClient", alerts: "Sequence[Alert]", is_dry_run: bool) -> "tuple[Outcome, ...]":
    """One that is there is not touched: an update would take its connectors away."""
    from correlator.cli.kibana.outcome import Outcome

    outcomes = []
    for each in alerts:
        is_there = client.has_alert(each.id)
        if not is_there and not is_dry_run:
            client.make_alert(each.id, each.body)
        reason = ("it is there, maybe with connectors of yours", "delete it first to have this one")
        what = ("kept", *reason) if is_there else ("made",)
        outcomes.append(Outcome("alert", each.id, each.title, *what))
    return tuple(outcomes)


def _settings(config: Path | None, given: dict[str, Any]) -> "Settings":
    from correlator.settings import load_settings

    flags = {name: value for name, value in given.items() if value is not None}
    return load_settings(config, {"kibana": flags} if flags else {})


def _place(settings: "Settings") -> "KibanaPlace":
    import ssl

    from correlator.cli.kibana.client import KibanaPlace

    kibana = settings.kibana
    try:
        trust = None if kibana.ca_file is None else ssl.create_default_context(cafile=kibana.ca_file)
    except OSError as error:
        message = f"kibana.ca_file = {str(kibana.ca_file)!r}: {error}; name certificates as PEM"
        raise CommandFailed(message, ExitCode.WRONG_USE) from error
    if kibana.is_secret_exposed:
        typer.echo(f"correlator: the secret for Kibana goes to {kibana.url} unencrypted; use https://", err=True)
    return KibanaPlace(kibana.url, kibana.space, kibana.read_api_key(), kibana.read_user(), trust)


def _engine_url(given: str | None, settings: "Settings") -> str:
    """Raises CommandFailed where --engine-url is no URL."""
    from correlator.settings.places import http_place

    if given is None:
        return settings.listen.public_url or _own_url(settings.listen.api)
    try:
        return http_place(given, "https://correlator.example.com")
    except ValueError as error:
        raise CommandFailed(f"--engine-url {given!r} {error}", ExitCode.WRONG_USE) from error


def _own_url(api: str) -> str:
    """Of the API's address, as this machine's browser has it; where the engine picks a port, the file's own."""
    from correlator.cli.kibana.shipped import ENGINE_URL

    host, _, port = api.rpartition(":")
    if port == "0":
        return ENGINE_URL
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '[::]') else host}:{port}"
