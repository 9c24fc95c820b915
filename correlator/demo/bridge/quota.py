"""The service that the bridge asks before it takes a call, whether the workflow has quota left; and a stub of it."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import quote

import httpx

from correlator.demo import faults
from correlator.errors import CorrelatorError
from correlator.telemetry import client_span, outgoing_headers, record_response

TIMEOUT_S: Final = 2.0
RUBBISH: Final = b"<html><body>Welcome to nginx!</body></html>"  # a proxy's page where a service should be


class BadGateway(CorrelatorError):
    """The quota service answered what is no answer, or did not answer."""


class QuotaClient:
    """Asks the service at `url`."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url

    def check(self, workflow_id: str, fault: str = "") -> None:
        """Raises BadGateway, from what went wrong. The fault is passed on: the stub acts it out."""
        headers = {faults.FAULT_HEADER: fault} if faults.BAD_GATEWAY in faults.names_in(fault) else {}
        url = f"{self._url}/quota/{quote(workflow_id, safe='')}"
        with client_span("GET", url) as span:
            try:
                response = self._client.get(url, headers={**outgoing_headers(), **headers}, timeout=TIMEOUT_S)
                record_response(span, response.status_code)
                response.raise_for_status().json()
            except (httpx.HTTPError, ValueError) as error:
                raise BadGateway(f"the quota service gave no answer that can be read: {error}") from error


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        is_broken = faults.FAULT_HEADER in self.headers
        body = RUBBISH if is_broken else json.dumps({"left": 1000}).encode()
        self.send_response(200)
        self.send_header("content-type", "text/html" if is_broken else "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """A stub keeps no access log."""


@contextlib.contextmanager
def quota_stub() -> Iterator[str]:
    """Base URL of a running stub, on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, name="quota-stub", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
