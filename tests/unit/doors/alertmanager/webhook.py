"""Webhooks as a real Alertmanager 0.31 posts them."""

from typing import Any

STARTED = "2026-01-31T12:00:00.123Z"
STARTED_NANO = 1_769_860_800_123_000_000
LABELS = {"alertname": "ErrorBudgetBurn", "sloth_id": "worker-errors", "severity": "critical", "sloth_severity": "page"}


def alert(status: str = "firing", **others: Any) -> dict[str, Any]:
    """One alert; resolved a minute after it began."""
    plain = {
        "status": status,
        "labels": LABELS,
        "annotations": {"cause": "worker failed first", "summary": "burns too fast"},
        "startsAt": STARTED,
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-01-31T12:01:00Z",
        "generatorURL": "http://prometheus:9090/graph",
        "fingerprint": "9f86d081884c7d65",
    }
    return plain | others


def webhook(*alerts: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A group of alerts."""
    plain = {
        "receiver": "engine",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "ErrorBudgetBurn"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "version": "4",
        "groupKey": '{}/{}:{alertname="ErrorBudgetBurn"}',
        "truncatedAlerts": 0,
    }
    return plain | others
