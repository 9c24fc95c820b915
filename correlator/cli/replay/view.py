"""Dead letters as text. Reasons are the targets' words: shown as they are, whole at any width."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.text import Text

from correlator.console import counted, plain, utc

if TYPE_CHECKING:
    from exporters.delivery import DeadLetter, LetterGroup

NONE: Final = "no dead letters"
SHOWN_REASONS: Final = (
    10  # of a target, the most frequent: a reason may quote what differs each time; --json has them all
)


def letters_view(letters: "Sequence[DeadLetter]", count: int) -> RenderableType:
    """Two lines each; of `count` that there are."""
    if not letters:
        return Text(NONE)
    lines = [line for each in letters for line in (plain(_headline(each)), plain(f"  {each.reason}", "red"))]
    if len(letters) < count:
        lines.append(
            plain(f"the oldest {len(letters)} of {count}; --limit shows more, `replay summary` counts all", "dim")
        )
    return Group(*lines)


def summary_view(groups: "Sequence[LetterGroup]", configured: Sequence[str]) -> RenderableType:
    """By target, of each the reasons. `groups` in the order of targets."""
    lines: list[Text] = []
    for target, of_target in groupby(groups, lambda each: each.target):
        lines += _target_lines(target, tuple(of_target), is_configured=target in configured)
    without = sorted({*configured} - {each.target for each in groups})
    lines += (plain(f"{target}: {NONE}") for target in without)
    return Group(*lines) if lines else Text(NONE)


def _target_lines(target: str, groups: "Sequence[LetterGroup]", *, is_configured: bool) -> Iterator[Text]:
    asked_again = sum(each.asked_again for each in groups)
    told = [counted(sum(each.count for each in groups), "dead letter"), f"{sum(each.size for each in groups)} bytes"]
    told += [f"{asked_again} to be sent again"] if asked_again else []
    told += [] if is_configured else ["not in these settings"]
    yield plain(f"{target}: {', '.join(told)}", "bold")
    for each in groups[:SHOWN_REASONS]:
        yield plain(f"  {each.count} since {utc(each.first_refused_at_unix_nano)}: {each.reason}", "red")
    if len(groups) > SHOWN_REASONS:
        yield plain(f"  and {counted(len(groups) - SHOWN_REASONS, 'further reason')}", "dim")


def _headline(letter: "DeadLetter") -> str:
    asked = "  to be sent again" if letter.is_asked_again else ""
    refused = utc(letter.refused_at_unix_nano)
    return f"{letter.id}  {letter.target}  {letter.kind}  {letter.size} bytes  {refused}{asked}"
