"""correlator serve: run the engine."""

from pathlib import Path
from typing import Annotated, Any

import typer

from correlator.cli.options import ConfigFile, DataDir

Address = str | None


def serve(
    config: ConfigFile = None,
    data_dir: DataDir = None,
    otlp_http: Annotated[
        Address,
        typer.Option(
            "--otlp-http", metavar="HOST:PORT", help="OTLP/HTTP door; port 0 picks one.", show_default="127.0.0.1:4318"
        ),
    ] = None,
    otlp_grpc: Annotated[
        Address, typer.Option("--otlp-grpc", metavar="HOST:PORT", help="OTLP/gRPC door.", show_default="127.0.0.1:4317")
    ] = None,
    api: Annotated[
        Address, typer.Option("--api", metavar="HOST:PORT", help="HTTP API.", show_default="127.0.0.1:7070")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The ready line is JSON in any case.")] = False,
) -> None:
    """Run the engine until SIGTERM or Ctrl-C.

    Once it is ready it prints one line of JSON with its addresses on stdout; its log goes to stderr.
    """
    import asyncio
    import sys

    import msgspec

    from correlator.cli.logs import log_to_stderr, replay_log
    from correlator.settings import load_settings
    from correlator.wiring import build

    log_to_stderr()
    flags = serve_flags(data_dir, {"otlp_http": otlp_http, "otlp_grpc": otlp_grpc, "api": api})
    settings = load_settings(config, flags)
    engine = build(settings, replay_log())

    def announce() -> None:
        addresses = {name: engine.parts.addresses[name] for name in settings.listen.addresses()}
        sys.stdout.write(msgspec.json.encode({"ready": True} | addresses).decode() + "\n")
        sys.stdout.flush()

    asyncio.run(engine.run(announce))


def serve_flags(data_dir: Path | None, listen: dict[str, str | None]) -> dict[str, Any]:
    """Only what was given, in the shape of the settings tree."""
    given = {name: address for name, address in listen.items() if address is not None}
    return ({"data_dir": data_dir} if data_dir is not None else {}) | ({"listen": given} if given else {})
