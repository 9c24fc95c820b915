"""The store's log as a source: requests as their senders sent them."""

from collections.abc import Collection

from correlator.store.contract import LoggedRequest, RequestLog
from exporters.delivery.parcel import Page, Parcel


class RequestSource:
    """The acknowledged requests of some signals, for the target called `name`. Their kind is `signal/encoding`."""

    def __init__(self, log: RequestLog, name: str, signals: Collection[str]) -> None:
        self._log = log
        self._name = name
        self._signals = frozenset(signals)

    def start(self) -> int:
        return min(self._log.holds().get(self._name, self.end()), self.end())

    def read(self, position: int, max_bytes: int) -> Page:
        page = self._log.requests_from(position, max_bytes)
        parcels = (_parcel(request) for request in page.requests if request.frame.signal in self._signals)
        return Page(tuple(parcels), page.end, page.lost_bytes)

    def end(self) -> int:
        return self._log.acknowledged_end()

    def hold(self, position: int) -> None:
        self._log.hold(self._name, position)


def _parcel(request: LoggedRequest) -> Parcel:
    frame = request.frame
    return Parcel(request.position, f"{frame.signal}/{frame.encoding}", frame.arrival_unix_nano, frame.payload)
