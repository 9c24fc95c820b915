"""The door of Alertmanager's webhook: each alert that it tells of, as an OTLP log record.

document.py   the webhook's document, version 4, field by field, and its JSON schema
read.py       bytes to Alerts, or a refusal that says what to change: pure
otlp.py       Alerts as an OTLP logs request: pure
door.py       the edge: read, record durably what is new, then tell who lists alerts
"""
