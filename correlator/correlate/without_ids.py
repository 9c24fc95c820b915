"""A sentence for people without what is different each time, and what should not leave the house: ids, addresses, times.

Milder than a fingerprint's normalisation: quotations stay, and so do digits within a word, as in n8n.
"""

import re
from typing import Final

from correlator.correlate.fingerprint import MESSAGE_CHARACTERS, QUOTATION, VARIABLE_PARTS

OMITTED: Final = "…"
"""In the place of what is left out. No angle brackets: Slack takes those for links."""
_NUMBER: Final = re.compile(
    r"(?P<kept>\b(?:status(?: code)?|exit code|code|errno|https?)[ :=]{1,3}\d{1,5}\b)|(?<!\w)\d+(?:[.,]\d+)*(?!\w)",
    re.IGNORECASE,
)
"""A number by itself, but for those that name the kind of an error, as in a fingerprint."""
_TOKEN: Final = re.compile(r"\b(?=\w*\d)(?=\w*[a-zA-Z])\w{12,}\b")
"""A word with digits of 12 characters or more: n8n's ids have 16. Types and operations seldom have digits."""
_PATTERNS: Final = (*(pattern for pattern, name in VARIABLE_PARTS if name != QUOTATION), _TOKEN)


def without_ids(text: str, characters: int) -> str:
    """On one line, at most so many characters.

    >>> without_ids("n8n says 'order 8f14e45fceea167a failed' to ann@example.org: HTTP 502", 200)
    "n8n says 'order … failed' to …: HTTP 502"
    """
    text = text[:MESSAGE_CHARACTERS]
    for pattern in _PATTERNS:
        text = pattern.sub(OMITTED, text)
    text = _NUMBER.sub(lambda match: match.group("kept") or OMITTED, text)
    line = " ".join(text.split())
    return line if len(line) <= characters else f"{line[: characters - 1]}{OMITTED}"
