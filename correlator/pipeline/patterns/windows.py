"""The latest errors of each service, as far as a rule looks back, and where a rule fits them.

Kept for each rule and each service (or dependency) that had an event for it, EVENTS in all: about 60 MB where each of them has
the longest message that is looked at.
After a match, what happens within the rule's `within` belongs to it; only then the next match may begin. Nothing is written:
after a restart windows begin empty.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from correlator.explain.pattern.event import PatternEvent, order_of
from correlator.explain.pattern.example import group_of
from correlator.explain.pattern.match import find_match
from correlator.explain.pattern.rule import Rule
from correlator.model.finding import PatternMatch

GROUPS: Final = 1_000
"""Of rule and service at most. Past this, or past EVENTS, the one that was heard of longest ago is forgotten."""
EVENTS: Final = 20_000
WINDOW: Final = 100
"""Events of one group, or twice what its rule asks for; past it the earliest are forgotten."""


@dataclass(slots=True)
class _Group:
    events: dict[PatternEvent, None] = field(default_factory=dict)
    muted_until_unix_nano: int = -1


class PatternWindows:
    """Windows of events by (rule id, service or dependency)."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}
        self._groups: OrderedDict[tuple[str, str], _Group] = OrderedDict()

    def hear(self, rules: Iterable[Rule], events: Iterable[PatternEvent]) -> list[tuple[PatternMatch, str]]:
        """Take events in; the matches that they complete, each with the service or dependency that it is of.

        To hear the same events again changes nothing. Windows of rules that have changed, or are gone, are dropped.
        """
        self._follow({rule.rule_id: rule for rule in rules})
        touched = sorted(self._take(events))
        found = [(match, name) for rule_id, name in touched if (match := self._match(rule_id, name)) is not None]
        self._forget_quiet()
        return found

    def _follow(self, rules: dict[str, Rule]) -> None:
        if rules == self._rules:
            return
        changed = {rule_id for rule_id, rule in self._rules.items() if rules.get(rule_id) != rule}
        for key in [key for key in self._groups if key[0] in changed]:
            del self._groups[key]
        self._rules = rules

    def _take(self, events: Iterable[PatternEvent]) -> set[tuple[str, str]]:
        """Put each event where a rule may need it; the groups that are different now."""
        touched = set()
        for event in events:
            for rule in self._rules.values():
                name = group_of(rule, event)
                if name is None or not any(step.fits(event) for step in rule.steps):
                    continue
                key = rule.rule_id, name
                group = self._groups.setdefault(key, _Group())
                self._groups.move_to_end(key)
                if event.time_unix_nano > group.muted_until_unix_nano:
                    group.events[event] = None
                    touched.add(key)
        return touched

    def _match(self, rule_id: str, name: str) -> PatternMatch | None:
        rule, group = self._rules[rule_id], self._groups[rule_id, name]
        _forget_old(group, rule)
        match = find_match(rule, group.events)
        if match is not None:
            group.muted_until_unix_nano = match.end_unix_nano + rule.within_nano
            group.events.clear()
        return match

    def _forget_quiet(self) -> None:
        events = sum(len(group.events) for group in self._groups.values())
        while len(self._groups) > GROUPS or events > EVENTS:
            _, group = self._groups.popitem(last=False)
            events -= len(group.events)


def _forget_old(group: _Group, rule: Rule) -> None:
    """Keep two windows' time: late events still find those they belong with."""
    newest = max(event.time_unix_nano for event in group.events)
    kept = sorted((each for each in group.events if each.time_unix_nano >= newest - 2 * rule.within_nano), key=order_of)
    group.events = dict.fromkeys(kept[-max(WINDOW, 2 * rule.events_needed) :])
