"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Final

import typer

DEFAULT_API: Final = "http://127.0.0.1:7070"

ApiUrl = Annotated[
    str, typer.Option("--api", envvar="CORRELATOR_API_URL", metavar="URL", help="The running engine's API.")
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="CORRELATOR_API_TOKEN",
        metavar="TOKEN",
        help="Bearer token, where the engine asks for one; better given by the environment.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings file (YAML).", show_default=False)
]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", metavar="DIR", help="Folder that keeps the data.", show_default=False)
]
