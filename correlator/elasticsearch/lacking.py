"""What a key that was refused lacks, from Elasticsearch's own words, and what to do about it. Pure."""

import re
from typing import Final

NOT_ALLOWED: Final = frozenset({401, 403})
"""Statuses of an answer to who is not known, or may not."""
UNKNOWN: Final = 401
_GRANTED_BY: Final = re.compile(
    r"this action is granted by the (index|cluster) privileges \[([^\]]{1,300})\]", re.ASCII
)
_INDICES: Final = re.compile(r" on (?:restricted )?indices \[([^\]]{1,300})\]", re.ASCII)


def refused(status: int, reason: str, role: str) -> str:
    """Of a status of NOT_ALLOWED: why, and what to mend, the secret or its role. `role` of ROLES would be enough."""
    if status == UNKNOWN:
        return "it does not know who asks; mend elasticsearch.api_key_file, or user and password_file"
    needs = lacking(reason) or "it forbids it"
    return f"{needs}; mend the key's role (`correlator elasticsearch roles {role}`)"


def lacking(reason: str) -> str:
    """`it needs one of the index privileges create_doc, index, write, all on traces-a.otel-b`; empty where it does not say.

    Nothing else of the reason: it names the user and the id of the key.
    """
    granted, indices = _GRANTED_BY.search(reason), _INDICES.search(reason)
    if granted is None:
        return ""
    names = granted[2].replace(",", ", ")
    place = f" on {indices[1].replace(',', ', ')}" if indices is not None else ""
    return f"it needs one of the {granted[1]} privileges {names}{place}"
