"""Whether a service has been deployed of late: told from the version that its errors name, and the one it had before."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final

from correlator.explain.pattern.event import PatternEvent
from correlator.explain.pattern.story_events import deploy, version_of
from correlator.model.rows import spans_of
from correlator.model.span import LogRecord, Span
from correlator.store.contract import Reader, TraceQuery

REMEMBERED: Final = 1_000
"""Pairs of service and version."""


class ServiceVersions:
    """Looks once at each version of a service that fails: one list of traces and one trace are read for it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def deploys(self, failing: Iterable[Span | LogRecord], within_nano: int) -> Iterator[PatternEvent]:
        """A deploy for each service that fails for the first time with a version, and had another `within_nano` before.

        Its time is that of the failure: when exactly the deploy was is not known.
        """
        for record in failing:
            version = version_of(record.resource_attributes)
            if not version or not self._is_new(record.service_name, version):
                continue
            time = record.end_time_unix_nano if isinstance(record, Span) else record.time_unix_nano
            before = self._version_before(record.service_name, time - within_nano)
            if before and before != version:
                yield deploy(time, record.system, record.service_name, before, version, record.trace_id or "")

    def _is_new(self, service_name: str, version: str) -> bool:
        is_new = (service_name, version) not in self._seen
        self._seen[service_name, version] = None
        self._seen.move_to_end((service_name, version))
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return is_new

    def _version_before(self, service_name: str, time_unix_nano: int) -> str:
        """The version in the newest trace of the service before that time; empty where there is none."""
        query = TraceQuery(service_name=service_name, end_unix_nano=time_unix_nano, limit=1)
        for summary in self._reader.find_traces(query).traces:
            for span in spans_of(self._reader.read_trace(bytes.fromhex(summary.trace_id)).spans):
                if span.service_name == service_name and span.start_time_unix_nano < time_unix_nano:
                    return version_of(span.resource_attributes)
        return ""
