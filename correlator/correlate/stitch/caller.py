"""Which span of an execution made a call that arrived without its trace context."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from correlator import semconv
from correlator.correlate.stitch.executions import Execution
from correlator.correlate.stitch.facts import Facts, Place
from correlator.correlate.stitch.plausible import PAYLOAD_SKEW_NANO, within
from correlator.correlate.stitch.scene import Scene

HTTP_REQUEST: Final = ".httpRequest"
EXECUTE_WORKFLOW: Final = ".executeWorkflow"
WEBHOOK: Final = ".webhook"


def calling_span(scene: Scene, execution: Execution, time: int, *, node_type: str, paths: Sequence[str] = ()) -> Place:
    """The node that ran at `time`: best one of `node_type` (a suffix) whose URL has one of `paths`, the last started of
    several; else the workflow span."""
    running = [node for node in nodes_of(scene, execution) if runs_at(node, time)]
    if not running:
        return execution.span_at(time).place
    return max(running, key=lambda node: (_has_path(node, paths), is_node(node, node_type), node.order)).place


def nodes_of(scene: Scene, execution: Execution) -> list[Facts]:
    """The node spans below its workflow spans, but for the webhook that started it."""
    below = [child for span in execution.spans for child in scene.children(span)]
    return [it for it in below if it.name == semconv.N8N_NODE_SPAN and not is_node(it, WEBHOOK)]


def runs_at(span: Facts, time: int) -> bool:
    return within(time, span.start, span.end, before=PAYLOAD_SKEW_NANO, after=PAYLOAD_SKEW_NANO)


def is_node(span: Facts, node_type: str) -> bool:
    """Whether it is a node of that type; types carry the name of their package in front."""
    return str(span.attributes.node_type or "").endswith(node_type)


def paths_of(span: Facts | None) -> tuple[str, ...]:
    """The paths that a server's span was called by."""
    if span is None:
        return ()
    told = (span.attributes.path, span.attributes.route)
    return tuple(path for path in told if isinstance(path, str) and path)


def called_path(span: Facts) -> str:
    """The path of the URL that a span called; empty where it is not known."""
    url = span.attributes.url
    try:
        return (urlsplit(url).path or "/") if isinstance(url, str) and url else ""
    except ValueError:  # such as "http://[::1"
        return ""


def _has_path(node: Facts, paths: Sequence[str]) -> bool:
    return called_path(node) in paths
