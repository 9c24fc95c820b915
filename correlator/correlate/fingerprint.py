"""Fingerprints: the same text for errors that are the same but for ids, numbers, times and line numbers.

`e1-` marks the version of an error's fingerprint, `c1-` that of a cause's, the base of an incident's key. Any change to
the rules here or in stack_frames must raise the version, since stored incidents are found again by it.
"""

import re
from hashlib import blake2b
from typing import Final

from correlator.correlate.stack_frames import in_app_frames

ERROR_VERSION: Final = "e1"
CAUSE_VERSION: Final = "c1"
MESSAGE_CHARACTERS: Final = 2_048
"""Only so much of a message is looked at: what follows is payload, and patterns should not run over megabytes."""
QUOTATION: Final = "<text>"

VARIABLE_PARTS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), placeholder)
    for pattern, placeholder in (
        (r"\b[a-z][a-z0-9+.-]{1,20}://[^\s'\"<>)\]]+", "<url>"),
        (r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", "<email>"),
        (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?", "<time>"),
        (r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b", "<time>"),
        (r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "<id>"),
        (r"(?<![\w'])'[^'\n]{0,256}'(?!\w)", QUOTATION),
        (r"(?<![\w\"])\"[^\"\n]{0,256}\"(?!\w)", QUOTATION),
        (r"(?<![\w`])`[^`\n]{0,256}`(?!\w)", QUOTATION),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b", "<address>"),
        (r"(?<![\w/])(?:/tmp|/var/folders|/var/tmp)/[^\s:,;)\]]+", "<path>"),
        (r"\b0x[0-9a-f]+\b", "<hex>"),
        (r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{6,}\b", "<hex>"),
        (r"\b(?=[a-z_]*\d+[a-z_]+\d)\w{5,}\b", "<id>"),
    )
)  # in this order: a URL holds numbers, a time holds a number
_NUMBER: Final = re.compile(
    r"(?P<kept>\b(?:status(?: code)?|exit code|code|errno|https?)[ :=]{1,3}\d{1,5}\b)|\d+(?:[.,]\d+)*", re.IGNORECASE
)
"""A number, but for those that name the kind of an error: "status code 503", "Errno 111", "exit code 137"."""
_SPACE: Final = re.compile(r"\s+")


def error_fingerprint(error_type: str, message: str, stacktrace: str) -> str:
    """`e1-` and 16 hex digits over the exception's type, its normalised message and its innermost in-app frames."""
    name = short_type(error_type)
    return f"{ERROR_VERSION}-{_digest(name, normalised_message(name, message), *in_app_frames(stacktrace))}"


def cause_fingerprint(system: str, service_name: str, operation: str, error_fingerprint: str) -> str:
    """`c1-` and 16 hex digits over where a failure began and which it was; ids within `operation` do not count."""
    return f"{CAUSE_VERSION}-{_digest(system, service_name, normalised(operation), error_fingerprint)}"


def short_type(error_type: str) -> str:
    """An exception's type without its module: `requests.exceptions.ConnectionError` is a `ConnectionError`."""
    return error_type.strip().rpartition(".")[2]


def normalised_message(error_type: str, message: str) -> str:
    """A message without its variable parts, nor the type's name that some libraries put before it."""
    text = normalised(message)
    return text.removeprefix(f"{error_type}:").strip() if error_type else text


def normalised(text: str) -> str:
    """`text` with ids, numbers, times, quotations, addresses and temporary paths replaced by what they are."""
    text = text[:MESSAGE_CHARACTERS]
    for pattern, placeholder in VARIABLE_PARTS:
        text = pattern.sub(placeholder, text)
    text = _NUMBER.sub(lambda match: match.group("kept") or "<number>", text)
    return _SPACE.sub(" ", text).strip()


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
