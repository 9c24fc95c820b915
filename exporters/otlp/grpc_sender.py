"""OTLP over gRPC."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import grpc

from correlator.errors import SettingsError
from exporters.delivery import Delivered, Parcel, TryAgain
from exporters.otlp.answers import STATUS_DETAILS, grpc_failure, partial_success
from exporters.otlp.requests import SERVICES, as_protobuf, joined

OPTIONS: Final = (
    ("grpc.enable_http_proxy", 0),  # the token goes where the settings say, and nowhere else
    ("grpc.enable_retries", 0),  # delivery does that
    ("grpc.max_reconnect_backoff_ms", 5_000),  # a target that is back is reached as soon as the breaker asks
)


class GrpcSender:
    """Calls Export of the signal's service. `read_headers` gives the target's own metadata, anew for each call."""

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
        self._timeout_s = timeout_s
        parts = urlsplit(endpoint)
        address = f"{parts.hostname}:{parts.port or 4317}" if ":" not in (parts.hostname or "") else parts.netloc
        compression = grpc.Compression.Gzip if is_gzip else grpc.Compression.NoCompression
        if parts.scheme == "https":
            certificates = None if ca_file is None else ca_file.read_bytes()
            credentials = grpc.ssl_channel_credentials(certificates)
            self._channel = grpc.secure_channel(address, credentials, OPTIONS, compression)
        else:
            self._channel = grpc.insecure_channel(address, OPTIONS, compression)
        self._exports: dict[str, Callable[..., bytes]] = {
            signal: self._channel.unary_unary(service.method, None, None) for signal, service in SERVICES.items()
        }

    def joins(self, kind: str) -> bool:
        return kind.endswith("/protobuf")

    def send(self, parcels: Sequence[Parcel]) -> Delivered:
        signal, _, encoding = parcels[0].kind.partition("/")
        content = joined(parcels) if encoding == "protobuf" else as_protobuf(signal, parcels[0].content)
        try:
            metadata = [(name.lower(), value) for name, value in self._read_headers().items()]
            answer = self._exports[signal](content, timeout=self._timeout_s, metadata=metadata)
        except SettingsError as error:
            raise TryAgain(f"cannot be asked: {error}") from error
        except grpc.RpcError as error:
            call: Any = error  # grpc's errors are calls too, which its types do not say
            trailers = {key: value for key, value in call.trailing_metadata() or () if key == STATUS_DETAILS}
            raise grpc_failure(call.code(), call.details() or "", trailers.get(STATUS_DETAILS)) from None
        return partial_success(signal, answer)

    def close(self) -> None:
        self._channel.close()
