"""The hash by which two systems can tell that they spoke of the same payload, though neither named the other."""

import hashlib
import json
from typing import Any, Final

HASH_CHARACTERS: Final = 16  # 64 bits: among a million payloads two hash alike with a chance of 3 in 100 million
MIN_CHARACTERS: Final = 8  # of canonical JSON: `{}`, `[]`, `true` and the like say nothing of who sent them


def payload_hash(value: Any) -> str | None:
    """16 hex digits for a JSON value, the same whatever order its keys are in; None for one too small to tell anything.

    Canonical form: keys sorted, no spaces, UTF-8. Also None for what is no JSON value (NaN, objects of Python's own).
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        content = text.encode()
    except (TypeError, ValueError, RecursionError):
        return None
    if len(text) < MIN_CHARACTERS:
        return None
    return hashlib.sha256(content).hexdigest()[:HASH_CHARACTERS]
