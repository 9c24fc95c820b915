"""Log lines that are JSON objects, as OTLP log records: n8n's event log, n8n's stdout, ECS, OpenTelemetry's own.

One format a file, each with the test that tells its lines and the reader that makes a `LogEntry` of one; `formats` puts
them in order. `moments`, `severities`, `trace_context`, `story_fields` and `flat_fields` read what the formats share;
`otlp_records` writes entries as an OTLP request, `bounds` says beforehand which of them decoding would refuse. All of it is
pure: the same object, its keys in any order, gives the same record. `correlator ingest` reads files with it, the OTLP log
door bodies that a Collector forwards as they stood in a file.
"""

from correlator.doors.json_logs.entry import LogEntry, Unreadable
from correlator.doors.json_logs.formats import FORMATS, may_be_known, read_entry, sniff

__all__ = ["FORMATS", "LogEntry", "Unreadable", "may_be_known", "read_entry", "sniff"]
