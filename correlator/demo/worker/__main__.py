"""The worker's process. All that makes it observable is imported from correlator.telemetry, and spans for its own
steps from OpenTelemetry's API.
"""

import argparse
import os
import secrets
from typing import Final

import httpx

from correlator.demo.child import DEMO_PACE, announce_ready, run_as_child
from correlator.demo.jobs.consumer import consume
from correlator.demo.jobs.queues import QUEUE_NAMES, JobQueues
from correlator.demo.jobs.sweeper import Sweeper
from correlator.demo.queue_option import add_queue_option
from correlator.demo.worker.callbacks import Callbacks
from correlator.demo.worker.email_send import MailSender
from correlator.demo.worker.kinds import make_kinds
from correlator.demo.worker.runner import STALE_SCHEMA, STALE_VERSION, Identity, JobRunner
from correlator.demo.worker.smtp_stub import smtp_stub
from correlator.demo.worker.supervisor import supervise
from correlator.demo.worker.telemetry import WorkerMetrics
from correlator.telemetry import Telemetry, instrument

STALE_QUEUE: Final = "stale"


def main() -> None:
    options = read_options()
    identity = _identity(options)
    telemetry = instrument(
        "worker", "worker", endpoint=options.otlp_endpoint, service_version=identity.version, pace=DEMO_PACE
    )
    if options.processes:
        run_as_child(lambda: supervise(options.queue, options.processes), options.end_with_stdin, options.folder)
    else:
        run_as_child(lambda: work(options, identity, telemetry), options.end_with_stdin, options.folder)


def work(options: argparse.Namespace, identity: Identity, telemetry: Telemetry) -> None:
    """Take jobs until SIGTERM."""
    queues = JobQueues(options.queue)
    with smtp_stub() as (host, port), httpx.Client(trust_env=False) as client:
        metrics = WorkerMetrics()
        callbacks = Callbacks(client, metrics.called_back)
        runner = JobRunner(identity, queues.ledger, make_kinds(MailSender(host, port)), callbacks, metrics)
        sweeper = Sweeper(queues, identity.worker_id, runner.tell, runner.in_hand, telemetry.flush)
        sweeper.start()
        if not options.worker_id:  # else the supervisor says it
            announce_ready(worker_id=identity.worker_id, pid=str(os.getpid()))
        consume(queues, options.queues.split(","), runner.run, options.threads)
        sweeper.stop()


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m correlator.demo.worker", description=__doc__)
    add_queue_option(parser)
    parser.add_argument("--otlp-endpoint", required=True, help="where telemetry goes")
    parser.add_argument("--queues", default="", help="which queues to serve, by comma (default: all but stale)")
    parser.add_argument("--threads", type=int, default=1, help="jobs at once, of each queue (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=0, help="run so many worker processes; another where one dies")
    parser.add_argument("--stale", action="store_true", help=f"be an older release, on the queue {STALE_QUEUE}")
    parser.add_argument("--worker-id", default="", help="set by the supervisor")
    parser.add_argument("--end-with-stdin", action="store_true", help="end once stdin is closed")
    parser.add_argument("--folder", default="", help="with --end-with-stdin: remove this folder then")
    options = parser.parse_args()
    options.queues = options.queues or _default_queues(options.stale)
    return options


def _default_queues(is_stale: bool) -> str:
    return STALE_QUEUE if is_stale else ",".join(name for name in QUEUE_NAMES if name != STALE_QUEUE)


def _identity(options: argparse.Namespace) -> Identity:
    worker_id = options.worker_id or f"worker-{os.getpid()}-{secrets.token_hex(4)}"
    return Identity(worker_id, STALE_VERSION, STALE_SCHEMA) if options.stale else Identity(worker_id)


if __name__ == "__main__":
    main()
