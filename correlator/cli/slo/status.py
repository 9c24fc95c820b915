"""correlator slo status: is a promise kept, and what burns its budget?"""

from typing import TYPE_CHECKING, Annotated

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import DEFAULT_API, ApiUrl, AsJson, Token

if TYPE_CHECKING:
    from correlator.cli.api_client import ApiClient
    from correlator.cli.slo.answers import BudgetAnswer, SloAnswer


def status(
    objective_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Show this one with all its windows.", show_default=False)
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="Only those of this service.", show_default=False)
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="As of then: RFC 3339 or unix nanoseconds.", show_default=False),
    ] = None,
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show error budgets and who is called; with an ID, every window of that objective.

    Exits with 1 where a budget is burnt or a page is on.
    """
    from correlator.cli.api_client import ApiClient

    given = {"at": at} if at is not None else {}
    with ApiClient(api, token) as client:
        if objective_id is None:
            is_bad = _show_all(client, given | ({"service": service} if service is not None else {}), as_json)
        else:
            is_bad = _show_one(client, objective_id, given, as_json)
    if is_bad:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def _show_all(client: "ApiClient", query: dict[str, str], as_json: bool) -> bool:
    from correlator.cli.printing import print_json, stdout
    from correlator.cli.slo.status_view import objectives_view

    answers = list(client.slos(query))
    listed = [each for answer in answers for each in answer.value.slos]
    if not listed and "service" in query:
        message = f"no objective of service {query['service']}; `correlator slo status` lists all"
        raise CommandFailed(message, ExitCode.FOUND_PROBLEM)
    if as_json:
        print_json(_joined([answer.json for answer in answers]))
    else:
        stdout().print(objectives_view(listed))
    return any(_is_bad(each) for each in listed)


def _show_one(client: "ApiClient", objective_id: str, query: dict[str, str], as_json: bool) -> bool:
    import msgspec

    from correlator.cli.printing import print_json, stdout
    from correlator.cli.slo.status_view import objective_view

    rates, budget = client.slo_burn_rates(objective_id, query), client.slo_budget(objective_id, query)
    if as_json:
        print_json({"budget": msgspec.Raw(budget.json), "burn_rates": msgspec.Raw(rates.json)})
    else:
        stdout().print(objective_view(budget.value, rates.value))
    return rates.value.calls == "page" or _is_burnt(budget.value)


def _is_bad(listed: "SloAnswer") -> bool:
    return listed.calls == "page" or _is_burnt(listed)


def _is_burnt(told: "SloAnswer | BudgetAnswer") -> bool:
    return told.error_budget_remaining is not None and told.error_budget_remaining <= 0


def _joined(pages: list[bytes]) -> bytes:
    """The pages as one: all objectives, and no next page."""
    import msgspec

    slos = [each for page in pages for each in msgspec.json.decode(page)["slos"]]
    return msgspec.json.encode({"slos": slos, "next_cursor": None})
