"""Nested and dotted fields as one level of dotted names: `{"log": {"level": "info"}}` and `{"log.level": "info"}` are one."""

from typing import Final

from correlator.doors.json_logs.entry import Document, Json

DEEPEST: Final = 8  # levels that become parts of a name; below, a value stays an object. ECS has at most five
LONGEST_NAME: Final = 256  # characters of a name that is still led on: names of names would grow by the square


def flat_fields(document: Document) -> dict[str, Json]:
    """Dotted name to value, no value an object that has a place in a name. Of two spellings of a name the less nested counts."""
    flat: dict[str, Json] = {}
    level: list[tuple[str, Json]] = sorted(document.items())
    for depth in range(DEEPEST + 1):
        inner: list[tuple[str, Json]] = []
        for name, value in level:
            if isinstance(value, dict) and value and depth < DEEPEST and len(name) <= LONGEST_NAME:
                inner += [(f"{name}.{key}", value[key]) for key in sorted(value)]
            else:
                flat.setdefault(name, value)
        level = inner
    return flat
