"""The distributed store: a cluster that has what the store needs, and the store on it."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeVar

import structlog
from elasticsearch import AuthenticationException, AuthorizationException, Elasticsearch

from correlator.elasticsearch import Names, connect
from correlator.elasticsearch.names import INDICES
from correlator.elasticsearch.roles.missing import require
from correlator.elasticsearch.setup import Step, apply, plan
from correlator.elasticsearch.setup.targets import index_step, stream_step
from correlator.elasticsearch.templates.data_streams import SIGNALS, duration_text
from correlator.elasticsearch.templates.plain_indices import plain_index_template
from correlator.errors import CorrelatorError, SettingsError, Unavailable
from correlator.serve.health import State
from correlator.settings import Settings
from correlator.store.elasticsearch import ElasticsearchStore
from correlator.store.elasticsearch.conclusions.exported import expect_no_exports
from correlator.store.elasticsearch.conclusions.kept_text import KeptText
from correlator.store.elasticsearch.failures import reaching
from correlator.store.elasticsearch.requests.marker_upkeep import MarkerUpkeep
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.opened_store import OpenStore

log = structlog.get_logger()
Answer = TypeVar("Answer")

WAIT_S: Final = 60.0
"""A cluster that starts beside the engine takes 8 to 15 s here, some of them a minute; who waits longer is to see it."""
PAUSE_S: Final = 1.0
CHECK_S: Final = 2.0  # how long the answer to a check may take: a probe waits for it
N8N_EXECUTIONS: Final = "n8n-executions"
SETUP: Final = "run `correlator elasticsearch setup` with a key that may make it"


def open_elasticsearch_store(
    settings: Settings, metrics: EngineMetrics, link_of: Callable[[str], str], wait_s: float = WAIT_S
) -> OpenStore:
    """The store in the cluster of section `elasticsearch`, with templates, data streams and indices there.

    Raises SettingsError where the settings ask for what it cannot do, or something is missing that the engine may not make,
    and Unavailable where the cluster is not reached within `wait_s`.
    """
    given = settings.elasticsearch
    _refuse_what_needs_a_log(settings)
    for host in given.exposed_hosts:
        log.warning(
            "elasticsearch_secret_exposed", host=host, remedy="let it begin with https:// in elasticsearch.hosts"
        )
    client = connect(given.connection)
    try:
        prepare(client, given.names, given.retention, wait_s)
        with reaching():
            require(client, "store", given.names)
        expect_no_exports(client, given.names)
    except BaseException:
        client.close()
        raise
    store = ElasticsearchStore(client, given.names, link=link_of)
    metrics.read_store(partial(_gauges, store))
    return OpenStore(
        store,
        partial(_close, store, client),
        partial(_check, client, given.names),
        KeptText(client, given.names, N8N_EXECUTIONS),
        spool=None,
        shared=store,
        upkeep={"markers": MarkerUpkeep(client, given.names, given.retention).run},
    )


def prepare(client: Elasticsearch, names: Names, retention_s: float, wait_s: float = WAIT_S) -> None:
    """Make what is missing in the cluster, where the role may; else see that all is there. Raises as open_elasticsearch_store."""
    try:
        needed = _patiently(client, lambda: plan(client, names, retention_s), wait_s)
        if needed.due or needed.refused:
            with reaching():
                apply(client, needed)
            log.info("elasticsearch_set_up", steps=len(needed.due))
    except Unavailable as error:
        if not isinstance(error.__cause__, AuthorizationException):
            raise
        with reaching():
            require(client, "store", names)
        _expect_all(client, names, retention_s)


def _expect_all(client: Elasticsearch, names: Names, retention_s: float) -> None:
    """For a role that may not look at templates: it may at what they made."""
    retention = duration_text(retention_s)
    with reaching():
        steps: list[Step] = [
            *(stream_step(client, names.stream(signal), retention) for signal in SIGNALS),
            *(index_step(client, names.index(word), plain_index_template(word, names)) for word in INDICES),
        ]
    for step in steps:
        if step.state == "refused":
            raise SettingsError(f"{step.kind} {step.name!r} {step.detail}")
        if step.state == "missing":
            raise SettingsError(f"{step.kind} {step.name!r} is missing; {SETUP}")
        if step.state == "changed":
            log.warning("elasticsearch_not_current", name=step.name, detail=step.detail, remedy=SETUP)


def _patiently(client: Elasticsearch, ask: Callable[[], Answer], wait_s: float) -> Answer:
    """The answer, as soon as there is one; each reason for waiting is told once.

    Raises Unavailable after `wait_s`, or at once where a key or role is refused.
    """
    until_s, told = time.monotonic() + wait_s, set[str]()
    while True:
        try:
            with reaching():
                return ask()
        except Unavailable as error:
            if isinstance(error.__cause__, AuthenticationException):
                raise SettingsError(str(error)) from error
            if isinstance(error.__cause__, AuthorizationException) or time.monotonic() > until_s:
                raise
            if (reason := str(error)) not in told:
                told.add(reason)
                hosts = [node.base_url for node in client.transport.node_pool.all()]
                log.warning("elasticsearch_awaited", hosts=hosts, reason=reason, at_most_s=wait_s)
            time.sleep(PAUSE_S)


def _refuse_what_needs_a_log(settings: Settings) -> None:
    if settings.forward.targets:
        raise SettingsError(
            "forward.targets needs a store that keeps requests as they came, and store.kind is elasticsearch; "
            "let the Collector in front send to that backend too, or set store.kind to segments"
        )


def _check(client: Elasticsearch, names: Names) -> State:
    """Whether the cluster answers a read, with no more than the engine may do anyhow."""
    quick = client.options(request_timeout=CHECK_S, ignore_status=404)
    try:
        with reaching():
            quick.get(index=names.state, id="watch", source=False)
    except CorrelatorError as error:
        return State(False, str(error))
    return State(True, "Elasticsearch answers")


def _gauges(store: ElasticsearchStore) -> Mapping[str, float]:
    """By the names that EngineMetrics.read_store knows; none while the cluster does not answer."""
    try:
        stats = store.stats()
    except CorrelatorError:
        return {}
    return {"store_spans": stats.spans, "store_logs": stats.logs, "store_metrics": stats.metrics}


def _close(store: ElasticsearchStore, client: Elasticsearch) -> None:
    store.close()
    client.close()
