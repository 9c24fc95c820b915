"""Log templates: what of a log line stays the same from one record to the next.

Found by Drain (He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017), as drain3 has it. Only
its algorithm is used, with its state in an object of ours: its configuration files, persistence and profiler are not.
"""

from collections.abc import Iterable
from typing import Final

from drain3.drain import Drain, LogCluster

from correlator.correlate.fingerprint import normalised

DEPTH: Final = 4
SIMILARITY: Final = 0.4
MAX_CHILDREN: Final = 100
"""The three as Drain's authors and drain3 have them."""
MAX_TEMPLATES: Final = 4_096
"""Templates kept; past it the one longest unseen is forgotten, so that memory is bounded."""


class LogTemplates:
    """The templates of the lines seen so far. The same lines in the same order give the same templates.

    Ids, numbers, times and quotations are replaced before Drain sees a line, as in fingerprints. Not thread-safe.
    """

    def __init__(self, max_templates: int = MAX_TEMPLATES) -> None:
        self._drain = Drain(
            depth=DEPTH, sim_th=SIMILARITY, max_children=MAX_CHILDREN, max_clusters=max_templates, param_str="<*>"
        )

    def template_of(self, body: str) -> str:
        """Learn from a line, and return its template as far as it is known now: later lines may widen it."""
        return _text(self.learn(body))

    def learn(self, body: str) -> LogCluster:
        """Learn from a line, and return its template as an object that later lines widen."""
        cluster, _ = self._drain.add_log_message(normalised(body))
        return cluster


def mine(bodies: Iterable[str]) -> list[str]:
    """The template of each line, in their order, after all have been seen; every one of a template gets the same text."""
    templates = LogTemplates()
    return [_text(cluster) for cluster in [templates.learn(body) for body in bodies]]


def _text(cluster: LogCluster) -> str:
    return str(cluster.get_template())
