"""OTLP over HTTP."""

import gzip
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from correlator.errors import SettingsError
from exporters.delivery import Delivered, Parcel, TryAgain
from exporters.otlp.answers import http_answer
from exporters.otlp.requests import joined

CONTENT_TYPES: Final = {"protobuf": "application/x-protobuf", "json": "application/json"}
GZIP_LEVEL: Final = 1  # half the CPU of 6 for a tenth more bytes, on OTLP


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
        self._read_headers = read_headers
        self._is_gzip = is_gzip
        # No proxies or netrc from the environment: the token goes where the settings say, and nowhere else.
        verify = ssl.create_default_context(cafile=ca_file) if ca_file is not None else True
        self._http = httpx.Client(base_url=endpoint, timeout=timeout_s, trust_env=False, verify=verify)

    def joins(self, kind: str) -> bool:
        return kind.endswith("/protobuf")

    def send(self, parcels: Sequence[Parcel]) -> Delivered:
        signal, _, encoding = parcels[0].kind.partition("/")
        content = joined(parcels)
        headers = {"content-type": CONTENT_TYPES[encoding]}
        if self._is_gzip:
            content, headers["content-encoding"] = gzip.compress(content, GZIP_LEVEL), "gzip"
        try:
            answer = self._http.post(f"/v1/{signal}", content=content, headers=headers | dict(self._read_headers()))
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # not its text: it may quote a header
            raise TryAgain(f"does not answer ({type(error).__name__}); is it running?") from error
        except SettingsError as error:
            raise TryAgain(f"cannot be asked: {error}") from error
        return http_answer(signal, answer.status_code, answer.headers, answer.content)

    def close(self) -> None:
        self._http.close()
