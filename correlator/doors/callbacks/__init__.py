"""The callbacks' door: n8n's Error Trigger and the four kinds, as OTLP log records.

document.py       the two documents that are taken, field by field, and their JSON schema
read.py           bytes to a Callback (correlator.workflows), or a refusal that says what to change: pure
error_trigger.py  n8n's Error Trigger payload to a Callback: pure
timestamp.py      RFC 3339 or unix nanoseconds to unix nanoseconds: pure
otlp.py           a Callback, or a silence, as an OTLP logs request: pure
door.py           the edge: read, record durably, then tell the status table and the event bus
silence.py        the edge: a thread that tells of executions which have been silent for too long
"""
