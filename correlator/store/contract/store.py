"""A store: all that every one of them does."""

from typing import Protocol

from correlator.store.contract.catalog import Catalog
from correlator.store.contract.lease import Lease
from correlator.store.contract.reader import Reader
from correlator.store.contract.writer import Writer


class Store(Writer, Reader, Catalog, Lease, Protocol):
    """All of them, and an end."""

    def close(self) -> None:
        """Drain, bring all records to where they stay, release files. Idempotent."""
        ...
