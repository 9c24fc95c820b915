"""correlator slo report: a day, a week or a month of objectives, as text, as a page, as files."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import DEFAULT_API, ApiUrl, AsJson, Token

if TYPE_CHECKING:
    from correlator.cli.api_client import ApiClient
    from correlator.pipeline.slo.report import ReportFormat
    from correlator.slo.report import ObjectiveReport, Overview, ReportRange, Unreported

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Objectives; all of them without.", show_default=False)
]
PeriodOf = Annotated[
    Literal["day", "week", "month"] | None,
    typer.Option(
        "--period", help="What the report is of, UTC; weeks are ISO weeks. A day without.", show_default=False
    ),
]
Of = Annotated[
    str | None,
    typer.Option(
        "--of", metavar="DAY", help="A day in it (2026-11-20), or 2026-W47, 2026-11; the one that runs without.", show_default=False
    ),
]  # fmt: skip
Start = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Instead of --period: from this time on.", show_default=False),
]
End = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="Instead of --period: until this time.", show_default=False)
]
Form = Annotated[Literal["json", "markdown", "html"], typer.Option("--format", help="json, markdown or html.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE|DIR", help="Write there; of several objectives a folder, with an index.", show_default=False
    ),
]  # fmt: skip


def report(
    ids: Ids = None,
    period: PeriodOf = None,
    of: Of = None,
    start: Start = None,
    end: End = None,
    form: Form = "markdown",
    out: Out = None,
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Tell what objectives attained, what is left of their budgets, who was called, and which incidents burnt how much."""
    from correlator.cli.api_client import ApiClient

    chosen: ReportFormat = "json" if as_json else form
    given = {"period": period, "of": of, "from": start, "to": end}
    query = {name: value for name, value in given.items() if value is not None}
    with ApiClient(api, token) as client:
        asked = _ask(client, ids or [], query)
        if out is None:
            _print(asked, chosen, api)
        elif asked.is_one and not out.is_dir():
            _write_file(asked, chosen, api, out)
        else:
            _write_folder(asked, chosen, api, out)
    if asked.unreported:
        told = "; ".join(f"{each.objective_id}: {each.reason}" for each in asked.unreported)
        raise CommandFailed(f"not reported: {told}", ExitCode.CANNOT_REACH)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for: `reports` are fetched as they are read, once. `overview` is None where objectives were named."""

    overview: "Overview | None"
    range: "ReportRange"
    until_unix_nano: int
    reports: "Iterable[ObjectiveReport]"
    is_one: bool
    unreported: "tuple[Unreported, ...]" = ()


def _ask(client: "ApiClient", ids: list[str], query: Mapping[str, str]) -> _Asked:
    """Reports of these objectives, or the overview and then those of all."""
    if ids:
        named = [client.slo_report(each, query) for each in ids]
        return _Asked(None, named[0].range, named[0].reported_until_unix_nano, named, len(ids) == 1)
    overview = client.slo_report_overview(query)
    reports = (client.slo_report(each.objective_id, query) for each in overview.objectives)
    return _Asked(overview, overview.range, overview.reported_until_unix_nano, reports, False, overview.unreported)


def _print(asked: _Asked, form: "ReportFormat", api: str) -> None:
    """The overview, then each."""
    from correlator.cli.printing import print_json
    from correlator.pipeline.slo.report import ApiLinks, overview_page, report_page

    if form == "html" and not asked.is_one:
        raise CommandFailed("a page of each of several objectives needs a folder: give --out DIR", ExitCode.WRONG_USE)
    links = ApiLinks(asked.range, form, api)
    if form != "json":
        first = [overview_page(asked.overview, form, links)] if asked.overview is not None else []
        sys.stdout.write("\n".join(first + [report_page(each, form, links) for each in asked.reports]))
    elif asked.is_one:
        print_json(next(iter(asked.reports)))
    else:
        print_json({"overview": asked.overview, "reports": list(asked.reports)})


def _write_file(asked: _Asked, form: "ReportFormat", api: str, out: Path) -> None:
    from correlator.pipeline.slo.report import ApiLinks, report_page
    from correlator.pipeline.slo.report.folder import write_durably

    out.parent.mkdir(parents=True, exist_ok=True)
    write_durably(out, report_page(next(iter(asked.reports)), form, ApiLinks(asked.range, form, api)))
    typer.echo(out)


def _write_folder(asked: _Asked, form: "ReportFormat", api: str, out: Path) -> None:
    from correlator.pipeline.slo.report import SUFFIXES
    from correlator.pipeline.slo.report.folder import INDEX, write_pages

    out.mkdir(parents=True, exist_ok=True)
    made: Iterable[ObjectiveReport | Unreported] = chain(asked.unreported, asked.reports)
    write_pages(out, (form,), api, asked.range, asked.until_unix_nano, made)
    typer.echo(out / f"{INDEX}{SUFFIXES[form]}")
