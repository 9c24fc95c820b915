"""A client whose connection is cut, or held up, at a call that a test names."""

from dataclasses import dataclass, field
from threading import Event
from typing import Any

from elastic_transport import ConnectionTimeout, Transport, TransportApiResponse
from elasticsearch import Elasticsearch

from correlator.elasticsearch.search_answers import SearchAnswers


@dataclass(slots=True)
class Cut:
    """The `at`th call from now fails; where `is_done`, the server does it all the same. With `is_for_good` all after it fail."""

    at: int
    is_done: bool = False
    is_for_good: bool = False
    calls: int = 0

    @property
    def has_come(self) -> bool:
        return self.calls >= self.at


@dataclass(slots=True)
class Hold:
    """The `at`th call from now waits until it is let go."""

    at: int
    calls: int = 0
    is_waiting: Event = field(default_factory=Event)
    let_go: Event = field(default_factory=Event)


class CutTransport(Transport):
    """Counts its calls, and does as `cut` and `hold` say."""

    cut: Cut | None = None
    hold: Hold | None = None
    calls: int = 0

    def perform_request(self, *given: Any, **named: Any) -> TransportApiResponse:
        self.calls += 1
        self._wait()
        cut = self.cut
        if cut is None:
            return super().perform_request(*given, **named)
        cut.calls += 1
        if cut.calls == cut.at and cut.is_done:
            super().perform_request(*given, **named)
        if cut.calls == cut.at or (cut.is_for_good and cut.has_come):
            raise ConnectionTimeout("cut by the test")
        return super().perform_request(*given, **named)

    def _wait(self) -> None:
        if self.hold is not None:
            self.hold.calls += 1
            if self.hold.calls == self.hold.at:
                self.hold.is_waiting.set()
                assert self.hold.let_go.wait(30)


def cut_client(url: str) -> tuple[Elasticsearch, CutTransport]:
    """As connect makes it."""
    client = Elasticsearch(
        url,
        transport_class=CutTransport,
        serializer=SearchAnswers(),
        max_retries=0,
        retry_on_timeout=False,
    )
    transport = client.transport
    assert isinstance(transport, CutTransport)
    return client, transport
