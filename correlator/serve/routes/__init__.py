"""One file a subject. Each makes a router over what it needs; make_app includes them."""

from typing import Final

API: Final = "/api/v1"
"""Where the API's routes begin; probes lie outside."""
