"""Where telemetry comes in: each door turns what a sender speaks into frames and tables.

`otlp_decode` reads one OTLP request into Arrow tables and `admit` marks times that cannot be right: both are pure.
The others are edges: they own a port, a socket or a file.
"""
