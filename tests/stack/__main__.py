"""python -m tests.stack start | status | stop: the live stack, in the folder .stack, until it is stopped."""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.stack.process import StackFailed, end_process
from tests.stack.stack import Stack

FOLDER: Final = Path(".stack")
LISTEN: Final = {"otlp_http": "127.0.0.1:4318", "otlp_grpc": "127.0.0.1:4317", "api": "127.0.0.1:7070"}
EXAMPLE: Final = '{"data": {"customer": "acme", "order": 1001, "total": "27.00"}, "processing_type": "template_render", "timeout": 2}'


def start(out: Console) -> int:
    """Start everything and leave it running."""
    if _running():
        out.print(f"the stack runs already: {', '.join(name for name, _ in _running())}; `make stack-stop` ends it")
        return 1
    out.print("starting Redis, the engine, n8n (8 to 60 s), bridge and workers ...")
    try:
        stack = Stack(FOLDER.resolve(), LISTEN)
    except StackFailed as error:
        out.print(f"the stack did not start: {error}", style="red", markup=False)
        return 3
    (FOLDER / "addresses").write_text(
        f"n8n {stack.n8n.url}\nbridge {stack.services.bridge_url}\nengine {stack.engine.api}\n"
    )
    out.print((FOLDER / "addresses").read_text(), markup=False)
    out.print("Break a story, and ask for its cause:", style="bold")
    out.print(f"  curl -s {stack.n8n.url}/webhook/plain -H 'content-type: application/json' \\", markup=False)
    out.print(f"    -H 'x-demo-fault: worker_exception' -d '{EXAMPLE}'", markup=False, soft_wrap=True)
    out.print("  correlator incidents\n  make stack-stop", markup=False)
    return 0


def status(out: Console) -> int:
    """What runs, and where its log is."""
    table = Table("process", "pid", "log")
    for name, pid in _running():
        table.add_row(name, str(pid), str(FOLDER / f"{name}.log"))
    out.print(table)
    return 0 if _running() else 1


def stop(out: Console) -> int:
    """End what runs, in the opposite order of its start."""
    for name, pid in reversed(_running()):
        end_process(pid)
        out.print(f"{name} ({pid}) has ended")
    for file in FOLDER.rglob("*.pid"):
        file.unlink()
    return 0


def _running() -> list[tuple[str, int]]:
    """Name and pid of the processes that are alive, oldest first."""
    files = sorted(FOLDER.rglob("*.pid"), key=lambda file: file.stat().st_mtime_ns)
    found = [(file.stem, int(file.read_text())) for file in files if file.read_text().strip()]
    return [(name, pid) for name, pid in found if _is_alive(pid)]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> int:
    commands = {"start": start, "status": status, "stop": stop}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=commands)
    return commands[parser.parse_args().command](Console())


if __name__ == "__main__":
    sys.exit(main())
