"""Requests compressed quickly: the client's own compression takes five times as long for a quarter less."""

from dataclasses import replace
from gzip import compress
from typing import Any, Final

from elastic_transport import HttpHeaders, NodeConfig
from elastic_transport.client_utils import DEFAULT

from correlator.elasticsearch.silence import NamedNode

LEVEL: Final = 1
"""Documents of a million spans: 4 s of CPU to 13% of their size; 9 s to 10% at level 6, 22 s to 9% at the client's 9."""


class QuickGzipNode(NamedNode):
    """As the client's own with `http_compress`, but for the level."""

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(replace(config, http_compress=False))

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: Any = DEFAULT,
    ) -> Any:  # a type that the library does not export
        """Compressed both ways."""
        told = HttpHeaders(headers or ())
        told["accept-encoding"] = "gzip"
        if body:
            body = compress(body, LEVEL)
            told["content-encoding"] = "gzip"
        return super().perform_request(method, target, body, told, request_timeout)
