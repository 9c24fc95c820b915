"""Error texts without what looks like a secret: passwords, tokens, keys, and of URLs who asks and with which parameters."""

import re
from typing import Final

REDACTED: Final = "[redacted]"

SECRET_WORDS: Final = (
    "authorization|cookie|token|secret|passw(?:or)?d|passphrase|api[_-]?key|credential|signature|session|"
    "private[_-]?key|access[_-]?key|x-auth|jwt|bearer"
)
"""What a name of a secret holds, as a pattern without regard to case."""
_URL: Final = re.compile(r"\b([a-z][a-z0-9+.-]{1,20}://)([^\s\"'<>\\]+)", re.IGNORECASE)
_SCHEME_AND_TOKEN: Final = re.compile(r"\b(bearer|basic|digest|token)(\s+)[\w~+/.=:-]{6,}", re.IGNORECASE)
_HEADER_LINE: Final = re.compile(r"\b(authorization|cookie)(\s*[:=]\s*)(?!\\*[\"'\s])[^\r\n]+", re.IGNORECASE)
_NAMED: Final = re.compile(
    rf"((?:{SECRET_WORDS})[\w.-]{{0,40}}|\b(?:auth|pwd|pass|sig)\b)(\\*[\"']?\s*[:=]\s*)"
    r"(?:(\\*[\"'])(?:.*?)(?:\3|$)|\[[^\]]*\]?|\{[^}]*\}?|[^\s,;&}\]\"']+)",
    re.IGNORECASE | re.DOTALL,
)
_TOKENS: Final = re.compile(
    r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"  # a JSON web token, or other JSON in base64: to need its dot would cost the square
    r"|\b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abprs]|AKIA|ASIA|AIza)[-_]?[A-Za-z0-9_-]{12,}"  # keys that say what they are
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    re.DOTALL,
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OPAQUE: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[\w:.~%=-]{20,}")


def without_secrets(text: str) -> str:
    """The text with REDACTED in the place of each.

    >>> without_secrets("postgres://ann:hunter2@db/orders refused: password=hunter2, Authorization: Bearer aGVsbG8=")
    'postgres://db/orders refused: password=[redacted], Authorization: [redacted]'
    """
    text = _URL.sub(_bare_url, text)
    text = _SCHEME_AND_TOKEN.sub(rf"\1\2{REDACTED}", text)
    text = _HEADER_LINE.sub(rf"\1\2{REDACTED}", text)
    text = _NAMED.sub(rf"\1\2{REDACTED}", text)
    return _TOKENS.sub(REDACTED, text)


def is_opaque(step: str) -> bool:
    """Whether a step of a path is a key rather than a name: webhooks carry theirs there."""
    return _OPAQUE.fullmatch(step) is not None and _UUID.fullmatch(step) is None


def _bare_url(match: re.Match[str]) -> str:
    """A URL in a text, of any scheme, without user, query and fragment."""
    place = re.split(r"[?#]", match[2], maxsplit=1)[0]
    authority, slash, path = place.partition("/")
    steps = (REDACTED if is_opaque(step) else step for step in path.split("/"))
    return match[1] + authority.rpartition("@")[2] + slash + "/".join(steps)
