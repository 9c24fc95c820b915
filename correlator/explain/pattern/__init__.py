"""Patterns: ways of failing that have a name, written as rules, found in a story or among the errors of a service. Pure.

document        YAML -> rules, every mistake with its line; impossible: what no rule may ask for
rule            what a rule is: steps, order, within, scope
example         tests beside a rule: hand-written events; rule_tests runs them
event           what rules speak of; story_events: a trace as such events
match           where a rule first fits
"""

from correlator.explain.pattern.document import Document, WrittenRule, duplicates, read_document
from correlator.explain.pattern.match import find_match
from correlator.explain.pattern.rule import Rule, Step
from correlator.explain.pattern.story_events import events_of

__all__ = ["Document", "Rule", "Step", "WrittenRule", "duplicates", "events_of", "find_match", "read_document"]
