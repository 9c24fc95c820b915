"""One target over HTTP: what we prove ourselves with goes to it, and to nobody else; what it says is read within bounds."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from correlator.errors import SettingsError
from exporters.delivery.sender import TryAgain


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by any case of their names; `content` is the beginning of the body, as it came."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class HttpClient:
    """Posts below `url`. `read_headers` gives the target's own headers, anew for each request. Raises OSError for a bad `ca_file`."""

    def __init__(
        self, url: str, read_headers: Callable[[], Mapping[str, str]], timeout_s: float, ca_file: Path | None
    ) -> None:
        self._read_headers, self._timeout_s = read_headers, timeout_s
        # No proxies or netrc from the environment, no redirects: the token goes where the settings say, and nowhere else.
        verify = ssl.create_default_context(cafile=ca_file) if ca_file is not None else True
        self._http = httpx.Client(
            base_url=url, timeout=timeout_s, trust_env=False, follow_redirects=False, verify=verify
        )

    def post(self, path: str, content: bytes, headers: Mapping[str, str], answer_bytes: int) -> Answer:
        """Read of the body are `answer_bytes` at most, for `timeout_s`. Raises TryAgain, with a reason that holds no secret."""
        try:
            told = {"accept-encoding": "identity", **headers, **self._read_headers()}
            with self._http.stream("POST", path, content=content, headers=told) as answer:
                beginning = self._beginning(answer, answer_bytes)
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # not its text: it may quote a header
            raise TryAgain(f"does not answer ({type(error).__name__}); is it running?") from error
        except SettingsError as error:
            raise TryAgain(f"cannot be asked: {error}") from error
        return Answer(answer.status_code, answer.headers, beginning)

    def close(self) -> None:
        self._http.close()

    def _beginning(self, answer: httpx.Response, max_bytes: int) -> bytes:
        """A target that never ends keeps nobody: its status is what counts."""
        until_s = time.monotonic() + self._timeout_s
        read = bytearray()
        chunks = answer.iter_raw() if max_bytes else iter(())
        for chunk in chunks:
            read += chunk
            if len(read) >= max_bytes or time.monotonic() >= until_s:
                break
        return bytes(read[:max_bytes])
