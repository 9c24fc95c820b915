"""A view as a pipe gets it."""

import io

from rich.console import Console, RenderableType


def printed(view: RenderableType) -> str:
    out = Console(file=io.StringIO(), width=80)
    out.print(view)
    return out.file.getvalue()  # type: ignore[attr-defined, no-any-return]
