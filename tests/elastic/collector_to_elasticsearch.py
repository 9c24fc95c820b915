"""The OpenTelemetry Collector with its Elasticsearch exporter in OTel mode: what writes where others' documents are read."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.e2e.peers import installed, is_running, scripts, stop
from tests.ports import free_port


@contextmanager
def collector_to_elasticsearch(folder: Path, url: str) -> Iterator[str]:
    """The URL of its OTLP/HTTP door for the block; at the end it has written all that it took."""
    installed("install-otelcol.sh", "otelcol-lab")
    port = free_port()
    config = folder / "config.yaml"
    config.write_text(_CONFIG.format(port=port, url=url))
    environment = os.environ | {"OTLP_HTTP": str(port), "CONFIG": str(config), "DATA": str(folder)}
    start = ["bash", str((scripts() or Path()) / "start-otelcol.sh")]
    done = subprocess.run(start, env=environment, check=True, capture_output=True, text=True, timeout=60)
    process = psutil.Process(int(done.stdout))
    try:
        yield f"http://127.0.0.1:{port}"
        stop(process)
    finally:
        if is_running(process):
            process.kill()


_CONFIG = """
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{port}"}}}}}}
exporters:
  elasticsearch:
    endpoints: ["{url}"]
    mapping: {{mode: otel}}
    sending_queue: {{batch: {{flush_timeout: 100ms}}}}
service:
  pipelines:
    traces: {{receivers: [otlp], exporters: [elasticsearch]}}
    logs: {{receivers: [otlp], exporters: [elasticsearch]}}
    metrics: {{receivers: [otlp], exporters: [elasticsearch]}}
  telemetry: {{metrics: {{level: none}}}}
"""
