"""What became of each object, and what to do about it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from correlator.cli.kibana.shipped import Key, Shipped, is_ours, title_of

PROBLEMS: Final = frozenset({"failed", "refused"})
RESOLVABLE: Final = frozenset({"conflict", "ambiguous_conflict", "missing_references"})
"""Errors that Kibana lets people resolve and try again. Where one object has such an error, Kibana makes none of the others, though
it lists them under successResults."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`what` is made | replaced | copied | kept | failed | refused; on a dry run what would come of it.

    `remedy` is empty where nothing is wrong.
    """

    type: str
    id: str
    title: str
    what: str
    reason: str = ""
    remedy: str = ""

    @property
    def is_problem(self) -> bool:
        return self.what in PROBLEMS


def planned(
    shipped: Sequence[Shipped], there: Mapping[Key, Mapping[str, Any]], takes_others: bool
) -> tuple[Outcome, ...]:
    """What an import would do, given what Kibana has at our ids."""
    return tuple(_planned(each, there.get(each.key), takes_others) for each in shipped)


def _planned(shipped: Shipped, there: Mapping[str, Any] | None, takes_others: bool) -> Outcome:
    if there is None:
        return Outcome(*shipped.key, shipped.title, "made")
    if is_ours(there) or takes_others:
        return Outcome(*shipped.key, shipped.title, "replaced")
    reason = f"Kibana has {title_of(there)!r} there, which does not carry our tag"
    remedy = "save that one under another id, or replace it with --replace-others"
    return Outcome(*shipped.key, shipped.title, "refused", reason, remedy)


def imported(answer: Mapping[str, Any], shipped: Sequence[Shipped], plan: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """What Kibana's answer to an import says of each object: one of whom it says nothing has failed."""
    failed: dict[Key, list[Mapping[str, Any]]] = {}
    for each in answer.get("errors", ()):
        failed.setdefault((each["type"], each["id"]), []).append(each["error"])
    is_made = not any(error.get("type") in RESOLVABLE for errors in failed.values() for error in errors)
    done = {(each["type"], each["id"]): each for each in answer.get("successResults", ()) if is_made}
    whats = {(each.type, each.id): each.what for each in plan}
    return tuple(_imported(each, whats[each.key], done.get(each.key), failed.get(each.key, [])) for each in shipped)


def _imported(
    shipped: Shipped, planned_what: str, done: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]]
) -> Outcome:
    if errors:
        told = [_told(error) for error in errors]
        reason, remedy = "; ".join(told_reason for told_reason, _ in told), "; ".join(remedy for _, remedy in told)
        return Outcome(*shipped.key, shipped.title, "failed", reason, remedy)
    if done is None:
        reason = "not made, as others had errors"
        return Outcome(*shipped.key, shipped.title, "failed", reason, "mend those, then import again")
    if copy := done.get("destinationId"):
        reason = f"another space has that id: it is {copy!r} here"
        return Outcome(*shipped.key, shipped.title, "copied", reason)
    return Outcome(*shipped.key, shipped.title, planned_what)


def _told(error: Mapping[str, Any]) -> tuple[str, str]:
    """Reason and remedy of one error, by the types that Kibana documents."""
    match error.get("type"):
        case "conflict" | "ambiguous_conflict":
            return "another object is in its place", "delete that one in Stack Management > Saved Objects"
        case "missing_references":
            names = ", ".join(f"{each['type']} {each['id']}" for each in error.get("references", ()))
            return f"refers to what is not there: {names}", "import again without taking objects out of the file"
        case "unsupported_type":
            return "this Kibana knows no such objects", "use Kibana 8.19 or later, with its standard plugins"
        case _:
            said = str(error.get("message") or "no reason given")
            if "more recent version" in said:
                return said, "use Kibana 8.19 or later"
            return said, "see Kibana's log"
