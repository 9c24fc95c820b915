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
        headers = {"content-type": CONTENT_TYPES[encoding], "accept-encoding": "identity"}
        if self._is_gzip:
            content, headers["content-encoding"] = gzip.compress(content, GZIP_LEVEL), "gzip"
        try:
            told = headers | dict(self._read_headers())
            with self._http.stream("POST", f"/v1/{signal}", content=content, headers=told) as answer:
                beginning = _beginning(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # not its text: it may quote a header
            raise TryAgain(f"does not answer ({type(error).__name__}); is it running?") from error
        except SettingsError as error:
            raise TryAgain(f"cannot be asked: {error}") from error
        return http_answer(signal, answer.status_code, answer.headers, beginning)

    def close(self) -> None:
        self._http.close()


def _beginning(answer: httpx.Response) -> bytes:
    read = bytearray()
    for chunk in answer.iter_raw(ANSWER_BYTES):
        read += chunk
        if len(read) >= ANSWER_BYTES:
            break
    return bytes(read[:ANSWER_BYTES])
