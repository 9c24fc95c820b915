"""One bearer token for every door: compared in constant time, never echoed."""

import hmac


def is_authorized(authorization: str | bytes | None, token: str) -> bool:
    """Whether an Authorization header's value carries the token."""
    given = authorization.encode("latin-1", "replace") if isinstance(authorization, str) else authorization or b""
    scheme, _, credentials = given.partition(b" ")
    return scheme.lower() == b"bearer" and hmac.compare_digest(credentials.strip(), token.encode())
