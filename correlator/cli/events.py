"""correlator events: what happens, as it happens."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import DEFAULT_API, ApiUrl, Token

if TYPE_CHECKING:
    from correlator.cli.api_client import ApiClient
    from correlator.cli.event_lines import StreamEvent

RETRY_S: Final = 1.0


def events(
    topic: Annotated[
        str, typer.Option("--topic", metavar="PATTERN", help="As workflow.*.failed: * is one word, # any number.")
    ] = "#",
    after: Annotated[
        int | None, typer.Option("--after", metavar="ID", help="First those after this event.", show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="End after so many.", show_default=False)] = None,
    api: ApiUrl = DEFAULT_API,
    token: Token = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON an event.")] = False,
) -> None:
    """Follow what happens to workflows, incidents and objectives until Ctrl-C; goes on where it was when the engine was away."""
    from correlator.cli.api_client import ApiClient

    try:
        with ApiClient(api, token) as client:
            for count, event in enumerate(_follow(client, topic, after), 1):
                typer.echo(_as_json(event) if as_json else _as_text(event))
                if count == limit:
                    return
    except KeyboardInterrupt:
        return


def _follow(client: "ApiClient", topic: str, last_id: int | None) -> "Iterator[StreamEvent]":
    """Events without end. An engine that was never reached ends it; one that goes away is waited for."""
    from correlator.cli.event_lines import read_events

    is_known = False
    while True:
        try:
            for event in read_events(client.event_lines(topic, last_id)):
                is_known = True
                last_id = last_id if event.id is None else event.id
                if event.data is not None:
                    yield event
        except CommandFailed as error:
            if not is_known or error.code is not ExitCode.CANNOT_REACH:
                raise
        time.sleep(RETRY_S)


def _as_json(event: "StreamEvent") -> str:
    import msgspec

    told: Any = {event.name: event.data} if event.name else event.data
    return msgspec.json.encode(told).decode()


def _as_text(event: "StreamEvent") -> str:
    """Time, topic, and what it says, on one line."""
    from correlator.console import plain, utc

    told = event.data or {}
    if event.name:
        return f"events between {told.get('lost_after')} and {told.get('lost_until')} are gone"
    data = told.get("data", {})
    subject = data.get("title") or f"execution {data.get('execution_id')}"
    why = ": ".join(str(data[key]) for key in ("error_type", "error_message", "message") if data.get(key))
    line = f"{utc(int(told.get('time_unix_nano', 0)))}  {told.get('topic')}  {subject}" + (f"  {why}" if why else "")
    return plain(line).plain
