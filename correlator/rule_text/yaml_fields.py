"""YAML with the line of every value, and a reader of its mappings that notes each mistake instead of stopping at the first."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, TypeVar

import yaml

from correlator.rule_text.mistake import Mistake, closest, shown, unknown

UNITS_NANO: Final = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3_600 * 10**9}
_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h)")
ENTRIES: Final = 1_000
"""Of one list at most."""

T = TypeVar("T")
Convert = Callable[[str], T]
"""A scalar's text as a value. Raises ValueError, whose message says what is needed."""


def documents(text: str, file: str, mistakes: list[Mistake]) -> list[yaml.Node]:
    """The documents of a YAML file; none where it is no YAML, which is a mistake."""
    try:
        return [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        mistakes.append(
            Mistake(file, line, f"this is no YAML: {error.problem or 'it ends too early'}; correct it here")
        )
    except (yaml.YAMLError, RecursionError):
        mistakes.append(Mistake(file, 1, "this is no YAML: it is nested too deeply or holds control characters"))
    return []


class Fields:
    """The keys and values of one mapping. A value that is wrong is noted, and counts as not given."""

    def __init__(self, node: yaml.Node, what: str, known: Collection[str], file: str, mistakes: list[Mistake]) -> None:
        self.line = node.start_mark.line + 1
        self._what = what
        self._file = file
        self._mistakes = mistakes
        self._nodes: dict[str, yaml.Node] = {}
        self._meant: set[str] = set()  # keys that unknown ones are a misspelling of
        if not isinstance(node, yaml.MappingNode):
            self.wrong(f"{what} is no mapping; write lines like '{next(iter(known))}: ...'")
            return
        for key, value in node.value:
            self._take(key, value, known)

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def lacks(self, key: str) -> bool:
        """Whether the key was left out; misspelling it is a mistake of its own, told where it stands."""
        return key not in self._nodes and key not in self._meant

    def wrong(self, message: str, key: str | None = None) -> None:
        """Note a mistake at the line of a key's value, or of the mapping."""
        node = self._nodes.get(key) if key is not None else None
        self._note(message, node)

    def required(self, key: str, convert: "Convert[T]") -> T | None:
        """The value, which must be given; None where it is not, or is wrong."""
        if self.lacks(key):
            self.wrong(f"{self._what} has no {key!r}; give it one")
        return self.optional(key, convert)

    def optional(self, key: str, convert: "Convert[T]") -> T | None:
        """The value; None where it is not given, or is wrong."""
        node = self._nodes.get(key)
        return None if node is None else self._scalar(node, key, convert)

    def several(self, key: str, convert: "Convert[T]") -> tuple[T, ...]:
        """One value or a list of them; empty where not given."""
        node = self._nodes.get(key)
        if node is None:
            return ()
        each = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not each:
            self._note(f"{key!r} is an empty list; give it a value, or leave it out", node)
        values = [self._scalar(item, key, convert) for item in each[:ENTRIES]]
        return tuple(value for value in values if value is not None)

    def entries(self, key: str) -> Sequence[yaml.Node]:
        """The entries of a list; empty where not given."""
        node = self._nodes.get(key)
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self._note(f"{key!r} is no list; begin each of its entries with '- '", node)
            return ()
        if len(node.value) > ENTRIES:
            self._note(f"{key!r} has {len(node.value)} entries; at most {ENTRIES} are read", node)
        listed: list[yaml.Node] = node.value[:ENTRIES]
        return listed

    def inner(self, key: str, known: Collection[str]) -> "Fields | None":
        """The mapping at a key; None where it is not given."""
        node = self._nodes.get(key)
        return None if node is None else Fields(node, repr(key), known, self._file, self._mistakes)

    def needed(self, key: str, known: Collection[str]) -> "Fields | None":
        """The mapping at a key, which must be given; None where it is not."""
        self.node(key)
        return self.inner(key, known)

    def node(self, key: str) -> yaml.Node | None:
        """What stands at a key, not yet read, which must be given; None where it is not."""
        if self.lacks(key):
            self.wrong(f"{self._what} has no {key!r}; give it one")
        return self._nodes.get(key)

    def keys_of(self, key: str) -> tuple[str, ...]:
        """The keys of the mapping at a key, whatever they are; empty where there is none."""
        node = self._nodes.get(key)
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        return tuple(name.value for name, _ in pairs if isinstance(name, yaml.ScalarNode))

    def texts(self, key: str) -> tuple[tuple[str, str], ...]:
        """Keys of any name with their values, in their order; of a list, the values with commas. Empty where not given."""
        names = self.keys_of(key)
        mapping = self.inner(key, names or ("name",))
        return () if mapping is None else tuple((name, ", ".join(mapping.several(name, str))) for name in names)

    def each(self, key: str, what: str, known: Collection[str]) -> "Iterator[Fields]":
        """The mappings of a list."""
        for node in self.entries(key):
            yield Fields(node, what, known, self._file, self._mistakes)

    def _take(self, key: yaml.Node, value: yaml.Node, known: Collection[str]) -> None:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if name not in known:
            self._note(unknown("key", name, known), key)
            self._meant.add(closest(name, known) or "")
        elif name in self._nodes:
            self._note(f"key {name!r} is given twice; keep one", key)
        else:
            self._nodes[name] = value

    def _scalar(self, node: yaml.Node, key: str, convert: "Convert[T]") -> T | None:
        if not isinstance(node, yaml.ScalarNode):
            self._note(f"{key!r} is no single value; write it on one line", node)
            return None
        try:
            return convert(node.value)
        except ValueError as error:
            self._note(f"{key} = {shown(node.value)}: {error}", node)
            return None

    def _note(self, message: str, node: yaml.Node | None) -> None:
        line = self.line if node is None else node.start_mark.line + 1
        self._mistakes.append(Mistake(self._file, line, message))


def duration_nano(text: str) -> int:
    """Nanoseconds of `60s`, `1.5s`, `250ms`, `5m`, `1h`."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"needs a number with a unit of {', '.join(UNITS_NANO)}, for example 60s")
    return round(float(match[1]) * UNITS_NANO[match[2]])


def boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("needs true or false")
    return text == "true"


def whole_number(least: int, most: int) -> "Convert[int]":
    """Reads a number within these bounds, both included."""

    def convert(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise ValueError(f"needs a whole number from {least} to {most}")
        return int(text)

    return convert


def one_of(known: Collection[str], what: str) -> "Convert[str]":
    """Reads one of these words."""

    def convert(text: str) -> str:
        if text not in known:
            raise ValueError(unknown(what, text, known))
        return text

    return convert


def words(most: int) -> "Convert[str]":
    """Reads a text that is not blank."""

    def convert(text: str) -> str:
        if not text.strip() or len(text) > most:
            raise ValueError(f"needs a text of 1 to {most:,} characters")
        return " ".join(text.split())

    return convert
