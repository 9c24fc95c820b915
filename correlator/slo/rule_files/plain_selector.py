"""Queries that are one selector, `http_requests_total{code=~"5.."}`, alone or in a sum: what a range can be put behind."""

import re
from typing import Final

_SELECTOR: Final = r"""[A-Za-z_:][A-Za-z0-9_:]*\s*(?:\{(?:[^{}"'`]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\})?"""
_PLAIN: Final = re.compile(rf"\s*(?:sum\s*\(\s*({_SELECTOR})\s*\)|({_SELECTOR}))\s*")


def plain_selector(query: str) -> str | None:
    """The selector that a query is, the sum around it left off; None of any other query."""
    plain = _PLAIN.fullmatch(query)
    return None if plain is None else (plain[1] or plain[2]).strip()


def ranged(query: str, window: str, resolution: str) -> str:
    """The query over a window. One that is more than a selector is asked anew at each step of `resolution`.

    The sum around a selector is left off: of counters, the increases are to be summed, or one that begins anew would look
    as if all did.
    """
    selector = plain_selector(query)
    return f"({query.strip()})[{window}:{resolution}]" if selector is None else f"{selector}[{window}]"
