"""Ids of documents, made of the parts of a key. Pure."""

import hashlib
from typing import Final

LONGEST: Final = 512
"""Bytes that Elasticsearch takes as an _id."""


def document_id(*parts: str) -> str:
    """Different parts give different ids. Keys that begin alike give ids that do: those are cheap for the server to look up.

    A key that is too long becomes its digest.
    """
    name = "/".join([*(f"{len(part)}:{part}" for part in parts[:-1]), parts[-1]])
    written = name.encode()
    return name if len(written) <= LONGEST else f"~{hashlib.blake2b(written, digest_size=32).hexdigest()}"
