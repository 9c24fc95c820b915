"""What a bridge or a worker imports to be understood by the engine: one call, two middlewares, and context for jobs.

    from correlator.telemetry import TraceContextMiddleware, instrument

    instrument(service_name="orders-bridge", system="bridge")
    app = TraceContextMiddleware(app)

- `instrumentation`   `instrument`: traces, logs and metrics out over OTLP; the handle that flushes and stops them
- `asgi`, `wsgi`      server spans that continue the caller's trace; `server_request` is what they share
- `trace_headers`     which header names the trace: traceparent > B3 > X-Trace-ID > a new one
- `outgoing`          headers and client spans for calls to others
- `execution`         which n8n execution a request is for, where its body says so
- `jobs`              producer and consumer spans across a queue; `job_metadata` is what travels
- `failure`           what a span tells of an exception
- `payload`           which payload a span was about, by hash
- `queue_metrics`     depth and delay of job queues
- `process_metrics`   processor time, memory and threads of the process
- `threads`           context for plain threads and pools
- `log_*`             structlog and stdlib logging as JSON lines (ECS or OpenTelemetry names) and over OTLP
- `delivery`, `exporters`, `otlp`   how telemetry leaves the process: safe in forks, counted when lost
- `metrics`           the engine's own metrics; not for bridges

Light by contract: OpenTelemetry's SDK, its OTLP/HTTP exporter and structlog; nothing of the engine.
"""

from correlator.telemetry.asgi import TraceContextMiddleware
from correlator.telemetry.execution import bind_execution
from correlator.telemetry.instrumentation import Pace, Telemetry, instrument
from correlator.telemetry.jobs import bind_job_context, inject_job_context, publish_job
from correlator.telemetry.log_setup import configure_logging, get_logger
from correlator.telemetry.outgoing import client_span, outgoing_headers, record_response
from correlator.telemetry.payload import record_payload
from correlator.telemetry.queue_metrics import QueueDelays, observe_queue_depths
from correlator.telemetry.threads import submit_with_context, with_context
from correlator.telemetry.wsgi import WsgiTraceContextMiddleware

__all__ = [
    "Pace",
    "QueueDelays",
    "Telemetry",
    "TraceContextMiddleware",
    "WsgiTraceContextMiddleware",
    "bind_execution",
    "bind_job_context",
    "client_span",
    "configure_logging",
    "get_logger",
    "inject_job_context",
    "instrument",
    "observe_queue_depths",
    "outgoing_headers",
    "publish_job",
    "record_payload",
    "record_response",
    "submit_with_context",
    "with_context",
]
