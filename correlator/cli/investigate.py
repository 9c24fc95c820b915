"""correlator investigate: what failed in records that no engine of yours took in."""

import logging
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.options import AsJson, ConfigFile

if TYPE_CHECKING:
    from correlator.elasticsearch.foreign.reader import ForeignReader, Stream
    from correlator.elasticsearch.foreign.sources import Source
    from correlator.model.incident import Incident
    from correlator.settings import Settings
    from correlator.wiring.offline import OfflineEngine

HOUR_NANO: Final = 3_600 * 10**9

FromElasticsearch = Annotated[
    bool, typer.Option("--elasticsearch", help="Read what others wrote into the cluster of the settings.")
]
Start = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="TIME", help="RFC 3339 or unix nanoseconds; an hour before --to.", show_default=False
    ),
]
End = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="RFC 3339 or unix nanoseconds; now.", show_default=False)
]
Indices = Annotated[
    list[str] | None,
    typer.Option(
        "--index", metavar="PATTERN",
        help="Only these of elasticsearch.reads; others as the Collector writes them where the name has otel in it or begins with traces-, else as ECS. [default: elasticsearch.reads, else traces-*.otel-* and logs-*.otel-*]",
        show_default=False,
    ),
]  # fmt: skip
MostDocuments = Annotated[int, typer.Option("--max-documents", min=1, metavar="N", help="Reads so many at most.")]


def investigate(
    elasticsearch: FromElasticsearch = False,
    start: Start = None,
    end: End = None,
    index: Indices = None,
    max_documents: MostDocuments = 200_000,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Read a range of time and say what failed in it, and why. Keeps nothing, and writes nothing. Exit 1 where something failed."""
    from correlator.cli.elasticsearch.cluster import opened
    from correlator.cli.logs import log_to_stderr
    from correlator.cli.printing import print_json, stdout
    from correlator.settings import load_settings
    from correlator.wiring.foreign import make_foreign_reader
    from correlator.wiring.offline import OfflineEngine

    if not elasticsearch:
        raise CommandFailed("give --elasticsearch, and name the cluster in the settings", ExitCode.WRONG_USE)
    log_to_stderr(logging.WARNING)
    first, last = _range(start, end)
    settings = load_settings(config)
    sources = _sources(settings, index)
    with opened(config, None) as (client, _), tempfile.TemporaryDirectory(prefix="correlator-") as folder:
        reader = make_foreign_reader(settings, client, sources, with_own=True)
        reader.require_privileges()
        streams = reader.streams(first, last)
        with OfflineEngine(settings, Path(folder), last) as engine:
            read = _read(reader, streams, max_documents, engine)
            incidents = engine.conclude()
    whole = sum(stream.documents for stream in streams)
    if as_json:
        print_json(_answer(incidents, engine, read, whole, max_documents))
    else:
        stdout().print(_view(incidents, engine, read, whole, max_documents))
    if incidents:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def _range(start: str | None, end: str | None) -> tuple[int, int]:
    last = time.time_ns() if end is None else _nanos(end)
    first = max(0, last - HOUR_NANO) if start is None else _nanos(start)
    if first >= last:
        raise CommandFailed("--from is not before --to; swap them", ExitCode.WRONG_USE)
    return first, last


def _nanos(written: str) -> int:
    from correlator.serve.parameters import unix_nano

    try:
        return unix_nano(written)
    except ValueError as error:
        raise CommandFailed(f"{written!r}: {error}", ExitCode.WRONG_USE) from error


def _sources(settings: "Settings", indices: Sequence[str] | None) -> "tuple[Source, ...]":
    """Those that the settings name, or of the names that were given: as the settings read them, where they do."""
    from correlator.elasticsearch.foreign.sources import OTEL_STREAMS, Source
    from correlator.wiring.foreign import given_sources

    given = given_sources(settings)
    if not indices:
        return given or OTEL_STREAMS
    named = {source.index: source for source in given}
    return tuple(named.get(index) or Source.by_name(index) for index in indices)


def _read(reader: "ForeignReader", streams: "Sequence[Stream]", max_documents: int, engine: "OfflineEngine") -> int:
    """Take the streams in; the documents that were read."""
    read = 0
    with _progress(min(max_documents, sum(stream.documents for stream in streams))) as bar:
        for frame, documents in reader.requests(streams, max_documents):
            engine.take(frame)
            read += documents
            bar(read)
    return read


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A bar of documents on stderr, where that is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from correlator.cli.printing import stderr

    console = stderr()
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda read: bar.update(task, completed=read)


def _answer(
    incidents: "Sequence[Incident]", engine: "OfflineEngine", read: int, whole: int, most: int
) -> dict[str, Any]:
    taken = engine.taken
    return {
        "documents": whole,
        "documents_read": read,
        "is_cut": whole > most,
        "spans": taken.spans,
        "logs": taken.logs,
        "refused": dict(taken.refused),
        "incidents": [asdict(incident) for incident in incidents],
    }


def _view(incidents: "Sequence[Incident]", engine: "OfflineEngine", read: int, whole: int, most: int) -> RenderableType:
    from correlator.cli.incidents import incident_view
    from correlator.console import counted, plain

    taken = engine.taken
    lines: list[RenderableType] = [
        Text(f"{counted(taken.spans, 'span')} and {counted(taken.logs, 'log record')} read", "bold")
    ]
    if whole > most:
        lines.append(
            Text(f"  cut: {read} of {whole} documents, the oldest; give less time, or --max-documents", "yellow")
        )
    elif read < whole:
        lines.append(Text(f"  {counted(whole - read, 'document')} could not be read: see the log", "yellow"))
    lines += [plain(f"  refused: {count} {reason}") for reason, count in taken.refused.most_common()]
    if not whole:
        lines.append(Text("no documents there; see --from, --to and --index, or elasticsearch.reads"))
    elif not incidents:
        lines.append(Text("no failure found"))
    for incident in incidents:
        lines += [Text(), incident_view(incident)]
    return Group(*lines)
