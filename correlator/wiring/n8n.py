"""What reads n8n's executions through its API."""

import structlog

from correlator.doors.n8n_rest.client import N8nClient
from correlator.doors.n8n_rest.ledger import Kept, Ledger
from correlator.doors.n8n_rest.poller import OnExecution, Poller, Schedule
from correlator.doors.n8n_rest.translate import Instance
from correlator.pipeline.record import Recorder
from correlator.settings import Settings
from correlator.store.contract import Reader
from correlator.telemetry.metrics import EngineMetrics

log = structlog.get_logger()


def make_n8n_client(settings: Settings, metrics: EngineMetrics) -> N8nClient:
    """Asks the n8n of `n8n.base_url`, which must be set."""
    given = settings.n8n
    return N8nClient(
        given.base_url or "",
        given.key,
        timeout_s=given.timeout,
        requests_per_second=given.requests_per_second,
        max_bytes=given.max_document,
        count=lambda answer: metrics.n8n_requests.labels(answer).inc(),
    )


def make_n8n_poller(
    settings: Settings, store: Reader, kept: Kept, recorder: Recorder, metrics: EngineMetrics, on_execution: OnExecution
) -> Poller | None:
    """What reads n8n's executions through its API, not running yet; None where `n8n.base_url` is not set.

    What it knows of them is `kept` over restarts.
    """
    given = settings.n8n
    if given.base_url is None:
        return None
    if given.is_exposed:
        log.warning("n8n_key_exposed", base_url=given.base_url, remedy="let n8n.base_url begin with https://")
    return Poller(
        make_n8n_client(settings, metrics),
        store,
        recorder.submit,
        Ledger(kept),
        metrics,
        Instance(given.base_url, given.service_name, given.max_nodes, given.payloads),
        Schedule(given.interval, given.lookback, given.grace),
        on_execution=on_execution,
    )
