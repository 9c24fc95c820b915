"""OTLP over HTTP."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from exporters.delivery import Delivered, Parcel
from exporters.delivery.http_client import HttpClient
from exporters.otlp.answers import http_answer
from exporters.otlp.requests import joined

CONTENT_TYPES: Final = {"protobuf": "application/x-protobuf", "json": "application/json"}
GZIP_LEVEL: Final = 1  # half the CPU of 6 for a tenth more bytes, on OTLP
ANSWER_BYTES: Final = 64 * 2**10
"""Read of an answer at most. OTLP's are some dozen bytes; the rest of a longer one is no answer of it, and stays unread."""


class HttpSender:
    """Posts to `endpoint`/v1/SIGNAL. `read_headers` gives the target's own headers, anew for each request."""

    def __init__(
        self,
        endpoint: str,
        read_headers: Callable[[], Mapping[str, str]],
        *,
        is_gzip: bool,
        timeout_s: float,
        ca_file: Path | None = None,
    ) -> None:
        self._is_gzip = is_gzip
        self._http = HttpClient(endpoint, read_headers, timeout_s, ca_file)

    def joins(self, kind: str) -> bool:
        return kind.endswith("/protobuf")

    def send(self, parcels: Sequence[Parcel]) -> Delivered:
        signal, _, encoding = parcels[0].kind.partition("/")
        content = joined(parcels)
        headers = {"content-type": CONTENT_TYPES[encoding]}
        if self._is_gzip:
            content, headers["content-encoding"] = gzip.compress(content, GZIP_LEVEL), "gzip"
        answer = self._http.post(f"/v1/{signal}", content, headers, ANSWER_BYTES)
        return http_answer(signal, answer.status, answer.headers, answer.content)

    def close(self) -> None:
        self._http.close()
