"""Kibana's query language as query DSL, as Kibana translates it where it knows nothing of the fields' types.

    expression   = and-expression {"or" and-expression}
    and-expr     = not-expression {"and" not-expression}
    not-expr     = ["not"] (group | comparison)
    comparison   = field (":" (value | "(" value {"or" value} ")") | ("<" | "<=" | ">" | ">=") value)

What our queries do not use (nested fields, free text, wildcards within values) raises ValueError.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign>[():]|<=|>=|<|>)|(?P<word>[^\s():<>"]+))')
_RANGES = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
Dsl = dict[str, Any]


@dataclass
class Kql:
    """A query that was read: its DSL, and the fields that it names."""

    dsl: Dsl
    fields: set[str] = field(default_factory=set)


def read(query: str) -> Kql:
    """An empty query finds everything."""
    if not query.strip():
        return Kql({"match_all": {}})
    reader = _Reader(list(_tokens(query)))
    dsl = reader.either()
    if reader.rest:
        raise ValueError(f"{query!r}: {reader.rest[0]!r} is too much")
    return Kql(dsl, reader.fields)


def _tokens(query: str) -> Iterator[str]:
    place = 0
    while place < len(query.rstrip()):
        match = _TOKEN.match(query, place)
        if match is None:
            raise ValueError(f"{query!r}: cannot read {query[place:]!r}")
        yield match.group().strip()
        place = match.end()


class _Reader:
    """Recursive descent."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens
        self.fields: set[str] = set()

    def either(self) -> Dsl:
        parts = [self.both()]
        while self._skips("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else _any_of(parts)

    def both(self) -> Dsl:
        parts = [self.negated()]
        while self._skips("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else {"bool": {"filter": parts}}

    def negated(self) -> Dsl:
        if self._skips("not"):
            return {"bool": {"must_not": self.negated()}}
        if self._skips("("):
            inner = self.either()
            self._take(")")
            return inner
        return self.comparison()

    def comparison(self) -> Dsl:
        name, sign = self.rest.pop(0), self.rest.pop(0)
        self.fields.add(name)
        if sign in _RANGES:
            return _any_of([{"range": {name: {_RANGES[sign]: self.rest.pop(0)}}}])
        if sign != ":":
            raise ValueError(f"{name}: expected a sign, got {sign!r}")
        if not self._skips("("):
            return _is(name, self.rest.pop(0))
        values = [_is(name, self.rest.pop(0))]
        while self._skips("or"):
            values.append(_is(name, self.rest.pop(0)))
        self._take(")")
        return values[0] if len(values) == 1 else _any_of(values)

    def _skips(self, token: str) -> bool:
        if self.rest and self.rest[0].lower() == token:
            del self.rest[0]
            return True
        return False

    def _take(self, token: str) -> None:
        if not self._skips(token):
            raise ValueError(f"expected {token!r}, got {self.rest[:1]}")


def _is(name: str, value: str) -> Dsl:
    if value == "*":
        return _any_of([{"exists": {"field": name}}])
    if value.startswith('"'):
        return _any_of([{"match_phrase": {name: value[1:-1]}}])
    if "*" in value:
        raise ValueError(f"{name}: {value}: a wildcard within a value")
    return _any_of([{"match": {name: {"true": True, "false": False}.get(value, value)}}])


def _any_of(parts: list[Dsl]) -> Dsl:
    return {"bool": {"should": parts, "minimum_should_match": 1}}
