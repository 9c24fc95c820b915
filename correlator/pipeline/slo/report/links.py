"""Where the links of a page lead: into the API that serves it, or to the files beside it."""

import hashlib
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import quote, urlencode

from correlator.slo.report import ReportRange

API: Final = "/api/v1"
LONGEST_NAME: Final = 200  # bytes; file systems take 255, and a suffix and a temporary name must fit, too
DIGEST: Final = 16  # hex digits that keep two long names apart


class Links(Protocol):
    """Addresses for a page."""

    def incident(self, key: str) -> str | None:
        """Where an incident is shown; None where nobody knows."""
        ...

    def objective(self, objective_id: str) -> str:
        """The report of another objective over the same range."""
        ...


@dataclass(frozen=True, slots=True)
class ApiLinks:
    """Of a page that the API serves: to the API itself, or to where people reach it (`public_url`)."""

    range: ReportRange
    format: str
    public_url: str = ""

    def incident(self, key: str) -> str | None:
        return f"{self.public_url.rstrip('/')}{API}/incidents/{quote(key, safe='')}"

    def objective(self, objective_id: str) -> str:
        given = self.range
        asked = (
            {"from": str(given.start_unix_nano), "to": str(given.end_unix_nano)}
            if given.period == "custom"
            else {"period": given.period, "of": given.label}
        )
        path = f"{API}/slos/{quote(objective_id, safe='')}/report"
        return f"{self.public_url.rstrip('/')}{path}?{urlencode(asked | {'format': self.format})}"


@dataclass(frozen=True, slots=True)
class FileLinks:
    """Of a page in a folder: objectives are files beside it; incidents are somewhere only if `public_url` says where."""

    suffix: str
    public_url: str | None = None

    def incident(self, key: str) -> str | None:
        return (
            None if self.public_url is None else f"{self.public_url.rstrip('/')}{API}/incidents/{quote(key, safe='')}"
        )

    def objective(self, objective_id: str) -> str:
        return quote(file_name(objective_id) + self.suffix)


def file_name(objective_id: str) -> str:
    """Of an objective's report, without suffix: safe on any file system, and another for every id.

    A workflow's id is part of it, and may hold anything. What is cut ends in a digest of the whole.
    """
    name = quote(objective_id, safe="").replace(".", "%2E")
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - DIGEST - 1]}-{hashlib.sha256(objective_id.encode()).hexdigest()[:DIGEST]}"
