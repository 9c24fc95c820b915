"""The bridge's process. All that makes it observable is imported from correlator.telemetry."""

import argparse
import socket
from pathlib import Path

import httpx
import uvicorn

from correlator.demo.bridge.app import make_app
from correlator.demo.bridge.hybrid import HybridProcessing
from correlator.demo.bridge.quota import QuotaClient, quota_stub
from correlator.demo.child import DEMO_PACE, announce_ready, run_as_child
from correlator.demo.jobs.queues import JobQueues
from correlator.demo.jobs.routes import DEFAULT_RULES, read_rules
from correlator.demo.jobs.storage import QueueUnavailable
from correlator.demo.queue_option import add_queue_option
from correlator.telemetry import instrument, observe_queue_depths


def main() -> None:
    options = read_options()
    instrument("bridge", "bridge", endpoint=options.otlp_endpoint, service_version="2.1.0", pace=DEMO_PACE)
    run_as_child(lambda: serve(options), options.end_with_stdin, options.folder)


def serve(options: argparse.Namespace) -> None:
    """Answer calls until SIGTERM."""
    queues = JobQueues(options.queue)
    observe_queue_depths(lambda: _depths(queues))
    rules = read_rules(options.routes.read_text())
    with quota_stub() as url, httpx.Client(trust_env=False) as client:
        hybrid = HybridProcessing(queues, rules, QuotaClient(client, options.quota_url or url))
        app = make_app(hybrid, queues, options.job_timeout_s)
        listener = socket.create_server((options.host, options.port))
        host, port = listener.getsockname()
        announce_ready(address=f"{host}:{port}")
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


def _depths(queues: JobQueues) -> dict[str, int]:
    """None while the queue is away: a gap in a chart says so."""
    try:
        return queues.depths()
    except QueueUnavailable:
        return {}


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m correlator.demo.bridge", description=__doc__)
    add_queue_option(parser)
    parser.add_argument("--otlp-endpoint", required=True, help="where telemetry goes")
    parser.add_argument(
        "--host", default="127.0.0.1", help="where it listens; it asks nobody who they are (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=0, help="of this machine (default: a free one)")
    parser.add_argument("--routes", type=Path, default=DEFAULT_RULES, help="rules which queue takes a job, as JSON")
    parser.add_argument("--quota-url", default="", help="the quota service (default: a stub)")
    parser.add_argument("--job-timeout-s", type=float, default=10.0, help="how long a caller of /jobs waits")
    parser.add_argument("--end-with-stdin", action="store_true", help="end once stdin is closed")
    parser.add_argument("--folder", default="", help="with --end-with-stdin: remove this folder then")
    return parser.parse_args()


if __name__ == "__main__":
    main()
