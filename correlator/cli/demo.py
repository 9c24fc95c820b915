"""correlator demo: a recorded n8n story, a real bridge, a real worker, one engine, one explanation."""

from typing import Annotated

import typer


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the explanation instead of staying up.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the finding as JSON and end.")] = False,
) -> None:
    """Start an engine, a bridge and a worker, play n8n's story, print which component failed first, and why.

    Takes free ports, keeps its data in a temporary folder, leaves nothing behind.
    """
    import logging
    import tempfile
    from pathlib import Path

    from correlator.cli.api_client import ApiClient
    from correlator.cli.background_engine import background_engine
    from correlator.cli.logs import log_to_stderr
    from correlator.cli.printing import print_json, stderr, stdout
    from correlator.demo.engine import EngineAddresses
    from correlator.demo.recording import EXPLAINED_TRACE_ID
    from correlator.demo.run import run_demo
    from correlator.settings import load_settings

    log_to_stderr(logging.ERROR)  # the failures that the engine warns of are the story: only its own trouble is news
    free = dict.fromkeys(("otlp_http", "otlp_grpc", "api"), "127.0.0.1:0")
    with tempfile.TemporaryDirectory(prefix="correlator-demo-") as name:
        settings = load_settings(None, {"data_dir": Path(name, "data"), "listen": free})
        with background_engine(settings) as addresses:
            engine = EngineAddresses(f"http://{addresses['otlp_http']}", f"http://{addresses['api']}")
            out = stderr() if as_json else stdout()
            code = run_demo(engine, folder=Path(name), once=once or as_json, out=out)
            if as_json:
                with ApiClient(engine.api) as client:
                    print_json(client.trace_root_cause(EXPLAINED_TRACE_ID).json)
    raise typer.Exit(code)
