"""The Prometheus that counts events of objectives over it."""

import structlog

from correlator.doors.prometheus.client import PrometheusClient
from correlator.doors.prometheus.source import PrometheusMinutes
from correlator.settings import Settings

log = structlog.get_logger()


def make_prometheus(settings: Settings) -> PrometheusMinutes | None:
    """What reads minutes from the Prometheus of `slo.prometheus_url`; None where it is not set. It asks nothing yet.

    Raises SettingsError where its token cannot be read.
    """
    given = settings.slo
    if given.prometheus_url is None:
        return None
    given.prometheus_token()
    if given.is_prometheus_token_exposed:
        log.warning(
            "prometheus_token_exposed", url=given.prometheus_url, remedy="let slo.prometheus_url begin with https://"
        )
    client = PrometheusClient(given.prometheus_url, given.prometheus_token, timeout_s=given.prometheus_timeout)
    return PrometheusMinutes(client)
