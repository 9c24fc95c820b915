"""To a terminal or a pipe, as text or as JSON. rich shows colour only on a terminal, and writes 80 columns into a pipe."""

import sys
from typing import Any

import msgspec
from rich.console import Console


def stdout() -> Console:
    """Where answers go."""
    return Console(highlight=False)


def stderr() -> Console:
    """Where progress and failures go."""
    return Console(stderr=True, highlight=False)


def print_json(answer: bytes | Any) -> None:
    """JSON as it came, or a value as JSON, indented."""
    text = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
    sys.stdout.write(msgspec.json.format(text, indent=2).decode() + "\n")
