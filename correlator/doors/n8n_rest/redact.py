"""What may go on from an execution: names, numbers and error texts; of URLs no credentials, query or fragment.

Everything else of a document (headers, bodies, parameters, items, credentials, the resume token) is never read into a
span or a log record, but for the hash of an item. Error texts come from outside and may quote any of it, so they are
bounded, and what looks like a secret in them, or stands under a secret's name elsewhere in the document, is cut out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from correlator.correlate.without_secrets import REDACTED, SECRET_WORDS, is_opaque, without_secrets

NAME_CHARACTERS: Final = 256  # of workflows, nodes, types and ids
MESSAGE_CHARACTERS: Final = 2_000
STACK_CHARACTERS: Final = 8_000
SHORTEST_SECRET: Final = 8  # characters; shorter values would cut up ordinary words
MAX_SECRETS: Final = 1_000  # of one document: bounds the work on its texts

_IS_SECRET_NAME: Final = re.compile(rf"{SECRET_WORDS}|^(?:auth|pwd|pass|sig)$", re.IGNORECASE)
_CODE: Final = re.compile(r"[1-5][0-9]{2}|[A-Z_]{3,64}")


def name(value: Any) -> str:
    """A name or an id as it is, cut to NAME_CHARACTERS; empty for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value)[:NAME_CHARACTERS]


def code(value: Any) -> str:
    """An HTTP status, or a network error's name such as ECONNREFUSED; empty for anything else."""
    told = name(value)
    return told if _CODE.fullmatch(told) else ""


def url(value: Any) -> str:
    """Scheme, host, port and path of an http(s) URL; opaque parts of the path are redacted. Empty for anything else."""
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://")):
        return ""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    where = f"[{host}]" if ":" in host else host
    path = "/".join(REDACTED if is_opaque(step) else step for step in parts.path.split("/"))
    return f"{parts.scheme}://{where}{f':{port}' if port else ''}{path}"[:MESSAGE_CHARACTERS]


def text(value: Any, secrets: Iterable[str] = (), limit: int = MESSAGE_CHARACTERS) -> str:
    """An error's text without secrets, at most `limit` characters. `secrets` are values to cut out wherever they stand."""
    if not isinstance(value, str):
        return ""
    cut = value[: 2 * limit]
    if len(value) > len(cut):
        cut = cut.rsplit(maxsplit=1)[0] if cut.split() else ""  # no half of a secret, which nothing would recognise
    for secret in secrets:
        cut = cut.replace(secret, REDACTED)
    return without_secrets(cut)[:limit]


def secrets_of(document: Any) -> tuple[str, ...]:
    """Every text under a secret's name in the document, longest first; at most MAX_SECRETS."""
    found = {each.strip() for each in _named_secrets(document)}
    kept = {part for each in found for part in (each, each.split()[-1] if each else "") if len(part) >= SHORTEST_SECRET}
    return tuple(sorted(kept, key=lambda each: (-len(each), each))[:MAX_SECRETS])


def _named_secrets(document: Any) -> Iterator[str]:
    """By a list of work instead of recursion: documents can be deep."""
    waiting: list[tuple[Any, bool]] = [(document, False)]
    while waiting:
        value, is_secret = waiting.pop()
        if isinstance(value, Mapping):
            named = _is_secret_name(value.get("name"))  # a parameter such as {"name": "x-api-key", "value": "..."}
            waiting += [
                (each, is_secret or (named and key == "value") or _is_secret_name(key)) for key, each in value.items()
            ]
        elif isinstance(value, list):
            waiting += [(each, is_secret) for each in value]
        elif is_secret and isinstance(value, str):
            yield value


def _is_secret_name(key: Any) -> bool:
    if not isinstance(key, str):
        return False
    return _is_known_secret_name(key) if len(key) <= NAME_CHARACTERS else _IS_SECRET_NAME.search(key) is not None


@lru_cache(maxsize=4_096)
def _is_known_secret_name(key: str) -> bool:
    """Remembered: documents have the same few keys thousands of times."""
    return _IS_SECRET_NAME.search(key) is not None
