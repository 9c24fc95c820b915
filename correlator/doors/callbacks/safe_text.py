"""Texts that others wrote, fit to keep: bounded, and without what looks like a credential."""

import re
from typing import Any, Final

MESSAGE: Final = 1_024  # characters of a message
UPSTREAM: Final = 2_048  # of what a called service answered
STACKTRACE: Final = 8_192  # n8n's are 1,000
NAME: Final = 255
SCANNED: Final = 4 * STACKTRACE  # characters that are looked through; the rest is gone before

REDACTED: Final = "[redacted]"
_NAMED: Final = re.compile(
    r"((?:pass(?:word|wd|phrase)?|secret|[\w-]{0,40}token|api[-_.]?key|authori[sz]ation|cookie|credentials?|private[-_.]?key)"
    r"[\\\"']{0,4}\s{0,4}[:=]\s{0,4}[\\\"']{0,4})(?!\[redacted\])(?:(?:bearer|basic)\s+)?[^\s\\\"',;&}]+",
    re.IGNORECASE,
)
"""`"password": "x"`, also with its quotes escaped, `token=x`, `Authorization: Bearer x`."""
_SCHEME: Final = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_IN_URL: Final = re.compile(r"(://)[^/\s:@]{1,256}:[^/\s@]{1,256}@")

_CREDENTIALS: Final = (
    (_NAMED, rf"\1{REDACTED}"),
    (_IN_URL, rf"\1{REDACTED}@"),
    (_SCHEME, rf"\1 {REDACTED}"),
)


def safe_text(text: Any, length: int) -> str:
    """The first `length` characters, credentials taken out; empty for what is no text."""
    if not isinstance(text, str):
        return ""
    safe: str = text[:SCANNED]
    for pattern, kept in _CREDENTIALS:
        safe = pattern.sub(kept, safe)
    return safe if len(safe) <= length else safe[: length - 1] + "…"
