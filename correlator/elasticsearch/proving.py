"""The client's way to the server, with the secret in each request; one that is refused is read anew: it may have been rotated."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from elastic_transport import HttpHeaders, Transport, TransportApiResponse
from elastic_transport.client_utils import DEFAULT

from correlator.elasticsearch.lacking import NOT_ALLOWED
from correlator.errors import SettingsError


class ProvingTransport(Transport):
    """As the client's own. `read_proof` gives the value of the header Authorization, None where there is no secret.

    It is called at the start, when it may raise SettingsError; and where the server refuses what was sent, once by all threads
    that are refused. What it gives then goes out in one further attempt, if it is another: nothing was done by the first.
    """

    def __init__(self, *args: Any, read_proof: Callable[[], str | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read_proof = read_proof
        self._proof = read_proof()
        self._lock = Lock()

    def perform_request(self, *args: Any, headers: Any = DEFAULT, **kwargs: Any) -> TransportApiResponse:
        """With the secret that holds."""
        proof = self._proof
        answer = super().perform_request(*args, headers=_with(headers, proof), **kwargs)
        if answer.meta.status not in NOT_ALLOWED or not self._is_replaced(proof):
            return answer
        return super().perform_request(*args, headers=_with(headers, self._proof), **kwargs)

    def _is_replaced(self, refused: str | None) -> bool:
        """Whether there is another by now. One that cannot be read is none: the refusal stands, and says where to look."""
        with self._lock:
            if self._proof == refused:
                try:
                    self._proof = self._read_proof()
                except SettingsError:
                    return False
            return self._proof != refused


def _with(headers: Any, proof: str | None) -> HttpHeaders:
    told = HttpHeaders(() if headers is DEFAULT else headers)
    if proof is not None:
        told["authorization"] = proof
    return told
