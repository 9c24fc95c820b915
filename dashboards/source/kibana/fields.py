"""Names of fields, and queries in KQL. Names that ECS and OTel share are aliases in OTel data: they find both."""

from typing import Final

TIME: Final = "@timestamp"
TRACE: Final = "trace.id"
SPAN: Final = "span.id"
SERVICE: Final = "service.name"
LEVEL: Final = "log.level"
MESSAGE: Final = "message"
EVENT: Final = "event.name"

# OpenTelemetry's own, on spans
NAME: Final = "name"
KIND: Final = "kind"
DURATION: Final = "duration"  # nanoseconds
STATUS: Final = "status.code"
STATUS_MESSAGE: Final = "status.message"

# Ours, on spans and log records
SYSTEM: Final = "correlator.system"
IS_ERROR: Final = "correlator.is_error"
JOIN_KEYS: Final = "correlator.join_keys"

# Ours, on incidents and findings
INCIDENT: Final = "correlator.incident.key"
STATE: Final = "correlator.incident.state"
SEVERITY: Final = "correlator.incident.severity"
FAILURES: Final = "correlator.incident.failures"
WORKFLOWS: Final = "correlator.incident.workflows"
CAUSE_SYSTEM: Final = "correlator.cause.system"
CAUSE_COMPONENT: Final = "correlator.cause.component"
CAUSE_OPERATION: Final = "correlator.cause.operation"
CAUSE_KIND: Final = "correlator.cause.kind"
CONFIDENCE: Final = "correlator.cause.confidence"
ABSTAINED: Final = "correlator.finding.abstained"
PATTERN: Final = "rule.id"
PATTERN_NAME: Final = "rule.name"
DATASET: Final = "event.dataset"
LINK: Final = "event.url"


def attribute(name: str) -> str:
    """An attribute of a span or a log record."""
    return f"attributes.{name}"


WORKFLOW: Final = attribute("n8n.workflow.name")
EXECUTION: Final = attribute("n8n.execution.id")
NODE: Final = attribute("n8n.node.name")
NODE_TYPE: Final = attribute("n8n.node.type")
ROUTE: Final = attribute("http.route")
HTTP_STATUS: Final = attribute("http.response.status_code")
ERROR_TYPE: Final = attribute("error.type")
EXCEPTION_TYPE: Final = attribute("exception.type")
EXCEPTION_MESSAGE: Final = attribute("exception.message")

ERROR_LEVELS: Final = "(ERROR or FATAL or CRITICAL or error or fatal or critical)"
FAILED_SPANS: Final = f"{IS_ERROR}: true or {STATUS}: Error"
"""Ours, and those that others wrote: only our documents say is_error."""
ERROR_LOGS: Final = f"{IS_ERROR}: true or {LEVEL}: {ERROR_LEVELS}"
ERRORS: Final = f"{IS_ERROR}: true or {STATUS}: Error or {LEVEL}: {ERROR_LEVELS}"
INCIDENTS: Final = f"{DATASET}: correlator.incidents"
FINDINGS: Final = f"{DATASET}: correlator.findings"
SILENT_SUCCESS: Final = "failure-hidden-by-continue-on-error"
"""The id of rules/patterns/failure-hidden-by-continue-on-error.yaml: n8n said success, though the bridge failed."""
SILENT: Final = f"{INCIDENTS} and {PATTERN}: {SILENT_SUCCESS}"
