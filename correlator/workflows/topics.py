"""Names of events, and the patterns that select them.

A topic is words between dots: `workflow.<id>.<kind>`, `incident.<key>.<opened|resolved>`,
`slo.<id>.<began|ended>`. In a pattern `*` stands for one
word and `#` for any number of them, none too, as in AMQP 0-9-1's topic exchanges.
"""

from functools import lru_cache
from typing import Final

from correlator.errors import InvalidInput

ANYTHING: Final = "#"
_ONE: Final = "*"
MAX_PATTERN: Final = 300  # characters: an id of 128, a key of 200
MAX_WORDS: Final = 16


def workflow_topic(workflow_id: str, kind: str) -> str:
    return f"workflow.{_word(workflow_id)}.{kind}"


def incident_topic(key: str, kind: str) -> str:
    return f"incident.{_word(key)}.{kind}"


def slo_topic(objective_id: str, kind: str) -> str:
    return f"slo.{_word(objective_id)}.{kind}"


def check_pattern(pattern: str) -> str:
    """The pattern. Raises InvalidInput for one that can match nothing, or is too long to be tried."""
    words = pattern.split(".")
    if not all(map(_can_match, words)) or len(pattern) > MAX_PATTERN or len(words) > MAX_WORDS:
        raise InvalidInput(
            f"topic {pattern[:80]!r} is no pattern; write words between dots, * for one of them and # for any number, "
            "as in workflow.*.failed or incident.#"
        )
    return pattern


def _can_match(word: str) -> bool:
    """Whether there may be such a word: * and # stand alone, they are no part of one."""
    return word in (_ONE, ANYTHING) or (bool(word) and not {_ONE, ANYTHING} & set(word))


@lru_cache(maxsize=4_096)  # topics come again for each subscriber
def matches(pattern: str, topic: str) -> bool:
    """Whether the pattern selects the topic."""
    return _match(tuple(pattern.split(".")), tuple(topic.split(".")))


def _match(pattern: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Reachable places in the words, after each word of the pattern: no backtracking, whatever the pattern."""
    places = {0}
    for expected in pattern:
        if expected == ANYTHING:
            places = set(range(min(places), len(words) + 1))
        else:
            places = {place + 1 for place in places if place < len(words) and expected in (_ONE, words[place])}
        if not places:
            return False
    return len(words) in places


def _word(text: str) -> str:
    """An id as one word."""
    return text.replace(".", "_") or "_"
