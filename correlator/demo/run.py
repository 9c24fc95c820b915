"""The whole demo, given a running engine: processes up, story played, explanation printed."""

import contextlib
import threading
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console

from correlator.demo.engine import EngineAddresses, EngineClient
from correlator.demo.processes import demo_processes
from correlator.demo.recording import EXPLAINED_TRACE_ID, load_recording
from correlator.demo.report import print_commands, print_report
from correlator.demo.story import play_story

SERVICES: Final = frozenset({"n8n", "bridge", "worker"})
"""Who takes part in the explained trace: the engine is asked once it has heard of all."""
HTTP_TIMEOUT_S: Final = 10.0


def run_demo(engine: EngineAddresses, *, folder: Path, once: bool, out: Console) -> int:
    """Play the recorded story into `engine` and print its explanation; return the exit code, 0.

    `folder` is the caller's temporary folder; it takes queue and logs, and is removed by the children should this process be
    killed. Stays up until Ctrl-C unless `once`. A Ctrl-C before that raises KeyboardInterrupt, and CorrelatorError says why
    the story could not be told: both once all processes have ended.
    """
    with demo_processes(folder, engine.otlp_http) as processes:
        out.print("Engine, bridge and worker are up; n8n's story is playing ...\n")
        play_story(load_recording(), otlp_url=engine.otlp_http, bridge_url=processes.bridge_url)
        incident_key = _explain(engine, out)
        print_commands(out, incident_key, trace_id=EXPLAINED_TRACE_ID, api=engine.api, is_ending=once)
        if not once:
            _stay_up(out)
    return 0


def _stay_up(out: Console) -> None:
    out.print("\nEverything stays up until Ctrl-C.")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def _explain(engine: EngineAddresses, out: Console) -> str | None:
    """Print the finding once the engine has it; the key of its incident."""
    with httpx.Client(timeout=HTTP_TIMEOUT_S, trust_env=False) as http:
        client = EngineClient(http, engine.api)
        finding = client.await_finding(EXPLAINED_TRACE_ID, SERVICES)
        incident_key = client.await_incident_key(EXPLAINED_TRACE_ID)
    print_report(out, finding, EXPLAINED_TRACE_ID)
    return incident_key
