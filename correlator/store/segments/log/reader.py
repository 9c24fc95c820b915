"""Reads acknowledged requests out of the log again while it is written, for who delivers them elsewhere."""

import os
from itertools import pairwise
from pathlib import Path

import structlog

from correlator.store.contract import LoggedRequest, RequestPage
from correlator.store.segments.log.frame import HEADER, PREFIX_BYTES, frame_at, header_at
from correlator.store.segments.log.recovery import LogFile, log_files

LOG = structlog.get_logger(__name__)


def read_requests(folder: Path, position: int, end: int, max_bytes: int) -> RequestPage:
    """The contract's requests_from; `end` is the position behind the newest acknowledged request."""
    if position >= end:
        return RequestPage((), end)
    files = log_files(folder)
    for file, next_base in pairwise([*files, None]):
        limit = end if next_base is None else min(end, next_base.base)
        if file is not None and limit > position:
            return _page(file, max(position, file.base), limit, max_bytes, lost_bytes=max(0, file.base - position))
    return RequestPage((), end, lost_bytes=end - position)


def _page(file: LogFile, start: int, limit: int, max_bytes: int, lost_bytes: int) -> RequestPage:
    """Requests of one file from `start` on, below `limit`. The rest of a damaged file is lost."""
    try:
        requests = _requests(file, start, limit, max_bytes)
    except FileNotFoundError:  # dropped since it was listed
        return RequestPage((), limit, lost_bytes + limit - start)
    if not requests:
        LOG.error("log_damaged", file=file.path.name, offset=start - file.base)
        return RequestPage((), limit, lost_bytes + limit - start)
    return RequestPage(requests, requests[-1].end, lost_bytes)


def _requests(file: LogFile, start: int, limit: int, max_bytes: int) -> tuple[LoggedRequest, ...]:
    """Whole requests of the next `max_bytes`, or the next one where it is larger. Empty where there is none: damage."""
    with file.path.open("rb", buffering=0) as stream:
        descriptor = stream.fileno()
        length = int.from_bytes(os.pread(descriptor, HEADER.size, start - file.base)[:4], "little")
        size = min(max(max_bytes, PREFIX_BYTES + length), limit - start)
        buffer = memoryview(os.pread(descriptor, size, start - file.base))
    requests, offset = [], 0
    while (header := header_at(buffer, offset)) is not None:
        request = frame_at(buffer, offset, header)
        requests.append(LoggedRequest(start + offset, start + offset + header.size, request))
        offset += header.size
    return tuple(requests)
