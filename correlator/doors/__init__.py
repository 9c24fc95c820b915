"""Where telemetry comes in: each door turns what a sender speaks into frames and tables.

`otlp_decode` reads one OTLP request into Arrow tables, `admit` marks times that cannot be right, and `json_logs` reads lines
of log files as OTLP log records: these are pure. `otlp_values` is what the doors that translate write OTLP with.
The others are edges: they own a port, a socket or a file.
"""
