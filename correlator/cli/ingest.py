"""correlator ingest: files of telemetry into an engine, or into a data folder."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson, ConfigFile, DataDir, Token
from correlator.errors import InvalidInput

if TYPE_CHECKING:
    from correlator.cli.otlp_file import OtlpRequest
    from correlator.cli.tally import Tally
    from correlator.model.limits import Limits
    from correlator.pipeline.record import Receipt

DEFAULT_DOOR: Final = "http://127.0.0.1:4318"


def ingest(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="OTLP in protobuf or JSON; log lines in JSON: n8n's event log and stdout, ECS, OpenTelemetry's. May be gzipped.",
            show_default=False,
        ),
    ],
    data_dir: DataDir = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="URL", help=f"OTLP/HTTP door to send to. [default: {DEFAULT_DOOR}]", show_default=False
        ),
    ] = None,
    config: ConfigFile = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Take files in: counts what was kept, what was rejected or skipped, and why.

    Writes into --data-dir where no engine runs on it, else sends to a running engine.
    """
    from correlator.cli.printing import print_json, stdout
    from correlator.cli.tally import Tally

    if data_dir is not None and to is not None:
        raise CommandFailed("give either --data-dir DIR or --to URL", ExitCode.WRONG_USE)
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise CommandFailed(f"no such file: {', '.join(missing)}", ExitCode.WRONG_USE)
    tally = Tally()
    limits = _limits(data_dir, config)
    with _progress(files) as on_bytes, _destination(data_dir, to, config, token) as deliver:
        for receipt in deliver(_read(files, on_bytes, tally, limits)):
            tally.add(receipt)
    if as_json:
        print_json(tally.report())
    else:
        stdout().print(_view(tally))
    if tally.rejected:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def _read(
    files: Iterable[Path], on_bytes: Callable[[int], None], tally: "Tally", limits: "Limits"
) -> "Iterator[OtlpRequest]":
    from correlator.cli.otlp_file import Listener, read_requests

    before = 0
    for file in files:
        listener = Listener(_from(before, on_bytes), tally.add_unreadable, tally.add_skipped)
        try:
            yield from read_requests(file, listener, limits)
        except InvalidInput as error:
            tally.add_unreadable(error)
        before += file.stat().st_size


def _from(before: int, on_bytes: Callable[[int], None]) -> Callable[[int], None]:
    """Hears how far a file is read; tells how far all are."""
    return lambda at: on_bytes(before + at)


def _limits(data_dir: Path | None, config: Path | None) -> "Limits":
    """Those of the data folder's engine; the defaults where one that runs elsewhere has its own."""
    from correlator.model.limits import Limits
    from correlator.settings import load_settings
    from correlator.wiring import make_limits

    return make_limits(load_settings(config)) if data_dir is not None or config is not None else Limits()


@contextmanager
def _progress(files: Iterable[Path]) -> Iterator[Callable[[int], None]]:
    """A bar of bytes on stderr, where that is a terminal."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from correlator.cli.printing import stderr

    console = stderr()
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=sum(file.stat().st_size for file in files))
        yield lambda position: bar.update(task, completed=position)


@contextmanager
def _destination(
    data_dir: Path | None, to: str | None, config: Path | None, token: str | None
) -> "Iterator[Callable[[Iterable[OtlpRequest]], Iterator[Receipt]]]":
    from correlator.cli.delivery import into_recorder, into_url

    if data_dir is None:
        yield lambda requests: into_url(requests, to or DEFAULT_DOOR, token)
        return
    from correlator.cli.logs import log_to_stderr
    from correlator.settings import load_settings
    from correlator.wiring import build

    log_to_stderr(logging.WARNING)
    engine = build(load_settings(config, {"data_dir": data_dir}))
    try:
        yield lambda requests: into_recorder(requests, engine.parts.recorder)
    finally:
        engine.close()


def _view(tally: "Tally") -> RenderableType:
    from correlator.console import plain

    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    lines = [Text(f"{tally.accepted} records in, {tally.rejected.total()} rejected{skipped}", "bold")]
    lines += [plain(f"  skipped: {tally.first_skipped}")] if tally.skipped else []
    lines += [plain(f"  {count} {reason}: {tally.messages[reason]}") for reason, count in tally.rejected.most_common()]
    return Group(*lines)
