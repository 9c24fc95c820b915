"""python -m tests.stack start | status | stop: the live stack, in the folder .stack, until it is stopped."""

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.table import Table

from tests.stack.process import ProcessRef, StackFailed
from tests.stack.stack import Stack

FOLDER: Final = Path(".stack")
LISTEN: Final = {"otlp_http": "127.0.0.1:4318", "otlp_grpc": "127.0.0.1:4317", "api": "127.0.0.1:7070"}
EXAMPLE: Final = (
    '{"data": {"template": "Hi $name", "fields": {"name": "Ann"}}, "processing_type": "template_render", "timeout": 2}'
)
"""What a call of each workflow may say; the fault is in its headers."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process of the stack that is alive, and where its output goes."""

    name: str
    process: ProcessRef
    log: Path


def start(out: Console) -> int:
    """Start everything, from nothing that an earlier stack left, and leave it running."""
    if running := find_running(FOLDER):
        out.print(f"the stack runs already ({', '.join(each.name for each in running)}); end it with `make stack-stop`")
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        stack = Stack(FOLDER.resolve(), LISTEN, starting=lambda part: out.print(f"starting {part} ..."))
    except (StackFailed, httpx.HTTPError) as error:
        out.print(f"the stack did not start: {error}", style="red", markup=False, soft_wrap=True)
        return 3
    _tell(stack, out)
    return 0


def status(out: Console) -> int:
    """What runs, and where its log is."""
    running = find_running(FOLDER)
    if not running:
        out.print("the stack does not run; start it with `make stack`")
        return 1
    table = Table("process", "pid", "log", box=None, pad_edge=False, header_style="bold")
    for each in running:
        table.add_row(each.name, str(each.process.pid), str(each.log))
    out.print(table)
    return 0


def stop(out: Console) -> int:
    """End what runs, in the opposite order of its start. Logs and data stay until the next start."""
    running = find_running(FOLDER)
    if not running:
        out.print("the stack does not run; there is nothing to end")
    for each in reversed(running):
        each.process.end()
        out.print(f"{each.name} ({each.process.pid}) has ended")
    for file in FOLDER.rglob("*.pid"):
        file.unlink()
    return 0


def find_running(folder: Path) -> list[Running]:
    """The processes that the pid files in `folder` name and that are alive, oldest first.

    A file whose process is gone names nobody, though another process may have its pid by now.
    """
    files = sorted(folder.rglob("*.pid"), key=lambda file: file.stat().st_mtime_ns)
    named = [(file, ProcessRef.read(file)) for file in files]
    return [
        Running(file.stem, process, file.with_suffix(".log"))
        for file, process in named
        if process is not None and process.is_alive
    ]


def _tell(stack: Stack, out: Console) -> None:
    out.print(
        f"\nn8n     {stack.n8n.url}\nbridge  {stack.services.bridge_url}\nengine  {stack.engine.api}", markup=False
    )
    out.print("\nBreak a story, and ask for its cause:", style="bold")
    command = (
        f"curl -s {stack.n8n.url}/webhook/plain -H 'content-type: application/json' -H 'x-demo-fault: worker_exception'"
    )
    for line in (f"{command} -d '{EXAMPLE}'", f"{_correlator()} incidents", "make stack-stop"):
        out.print(f"  {line}", markup=False, soft_wrap=True, highlight=False)


def _correlator() -> str:
    """The command as a shell finds it here: beside this Python, where it is not on the PATH."""
    beside = Path(os.path.relpath(Path(sys.executable).with_name("correlator")))
    return "correlator" if shutil.which("correlator") or not beside.exists() else str(beside)


def main() -> int:
    commands = {"start": start, "status": status, "stop": stop}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=commands)
    return commands[parser.parse_args().command](Console())


if __name__ == "__main__":
    sys.exit(main())
