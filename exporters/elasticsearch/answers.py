"""What an answer of Elasticsearch means: taken, not now, never. Reasons quote nothing of a document. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from correlator.elasticsearch.lacking import NOT_ALLOWED, refused
from exporters.delivery import TryAgain
from exporters.delivery.retry_after import retry_after_s

CONFLICT: Final = 409
TOO_LARGE: Final = 413
MISSING: Final = 404  # the data stream or the index is not there: `correlator elasticsearch setup` makes them
PASSING: Final = frozenset({408, 429})
NAMES: Final = re.compile(r"\b(field|type|limit of total fields|length) \[([^\]]{1,120})\]")
"""What a reason says of the mapping. The rest may quote values ("Preview of field's value: ...")."""
REASON_CHARACTERS: Final = 300
ROLE: Final = "exporter"
SETUP_REMEDY: Final = "run `correlator elasticsearch setup`"


class Meaning(Enum):
    """Of a status."""

    TAKEN = "taken"
    AGAIN = "again"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """What became of one document. `is_known` is False where it may have been written all the same."""

    meaning: Meaning
    reason: str = ""
    is_known: bool = True
    retry_after_s: float | None = None


TAKEN: Final = ItemAnswer(Meaning.TAKEN)


def meaning_of(status: int) -> Meaning:
    """A conflict is a document that is there already, or a newer state of it.

    Where it is we who are refused, not the data, what waits goes out once somebody mends the key (docs/adr/0014).
    """
    if status < 300 or status == CONFLICT:
        return Meaning.TAKEN
    if status in PASSING or status in NOT_ALLOWED or status == MISSING or status >= 500:
        return Meaning.AGAIN
    return Meaning.NEVER


def item_answers(answer: Mapping[str, Any]) -> Iterator[ItemAnswer]:
    """Of a bulk request's answer, in the order of its documents."""
    return (_item_answer(result) for item in answer.get("items", ()) for result in item.values())


def try_again(status: int, headers: Mapping[str, str], reason: str = "") -> TryAgain:
    """For a request that was refused as a whole; `reason` as the server gives it."""
    return TryAgain(_told(status, "", reason), retry_after_s(headers.get("retry-after", "")))


def refusal(status: int, error: Mapping[str, Any]) -> str:
    """Why a document was refused: `answers 400 document_parsing_exception: field [attributes.code], type [long]`."""
    kind = str(error.get("type", ""))[:REASON_CHARACTERS]
    named = ", ".join(f"{what} [{name}]" for what, name in NAMES.findall(str(error.get("reason", ""))))
    return ": ".join(each for each in (f"answers {status} {kind}".rstrip(), named) if each)[:REASON_CHARACTERS]


def _item_answer(result: Mapping[str, Any]) -> ItemAnswer:
    status = int(result["status"])
    meaning = meaning_of(status)
    if meaning is Meaning.TAKEN:
        return TAKEN
    error = result.get("error") or {}
    if meaning is Meaning.NEVER:
        return ItemAnswer(meaning, refusal(status, error))
    return ItemAnswer(
        meaning, _told(status, str(error.get("type", "")), str(error.get("reason", ""))), is_known=status < 500
    )


def _told(status: int, kind: str, reason: str) -> str:
    told = f"answers {status} {kind}".rstrip()
    if status < 400 or (not reason and meaning_of(status) is Meaning.NEVER):
        return f"{told}, not as Elasticsearch does; correct elasticsearch.hosts, or what stands before it"
    if status in NOT_ALLOWED:
        return f"{told}: {refused(status, reason, ROLE)}"
    return f"{told}; {SETUP_REMEDY}" if status == MISSING else told
