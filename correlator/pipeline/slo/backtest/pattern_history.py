"""Where rules for known ways of failing would have fit, in what is stored now.

Rules over stories are held against each failing story, as an investigation would; rules over services and dependencies
against all error records in the order in which they arrived, as the watch reads them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from correlator.explain.pattern import Rule
from correlator.explain.pattern.rule import STORY
from correlator.model.rows import logs_of, spans_of
from correlator.pipeline.patterns.patterns import SeenMatch, events_heard, patterns_of
from correlator.pipeline.patterns.windows import PatternWindows
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.stories.service_versions import ServiceVersions
from correlator.pipeline.watch.error_arrivals import last_position
from correlator.store.contract import Reader, TraceQuery

STORIES: Final = 5_000
"""Failing stories that are read, the newest: at some 10 ms each a minute's work (docs/benchmarks.md, whole stories)."""
TRACES_A_PAGE: Final = 500
ERRORS_AT_ONCE: Final = 2_000

Progress = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and of how much at most."""


@dataclass(frozen=True, slots=True)
class PatternHistory:
    """Matches by when the last of their events was. `is_whole` is false where there were more failing stories than are read."""

    matches: tuple[SeenMatch, ...]
    stories: int
    is_whole: bool


def pattern_history(
    reader: Reader,
    investigator: Investigator,
    rules: Sequence[Rule],
    start_unix_nano: int,
    end_unix_nano: int,
    on_progress: Progress,
    most_stories: int = STORIES,
) -> PatternHistory:
    """Matches that were complete in [start, end)."""
    of_stories = [rule for rule in rules if rule.scope == STORY]
    others = [rule for rule in rules if rule.scope != STORY]
    told: set[str] = set()
    matches: list[SeenMatch] = []
    stories, is_whole = 0, True
    for trace_id in _failing(reader, start_unix_nano, end_unix_nano) if of_stories else ():
        if stories == most_stories:
            is_whole = False
            break
        if trace_id not in told and (trace := investigator.trace(trace_id)) is not None:
            told |= {trace_id, *trace.trace_ids}
            stories += 1
            matches += [SeenMatch(each, STORY, trace_id, each.end_unix_nano) for each in patterns_of(of_stories, trace)]
            on_progress("reading failing stories", stories, most_stories)
    matches += _of_services(reader, others, on_progress)
    within = (each for each in matches if start_unix_nano <= each.found_at_unix_nano < end_unix_nano)
    ordered = sorted(within, key=lambda each: (each.found_at_unix_nano, each.match.rule_id, each.subject))
    return PatternHistory(tuple(ordered), stories, is_whole)


def _failing(reader: Reader, start_unix_nano: int, end_unix_nano: int) -> Iterator[str]:
    """Trace ids, the newest first."""
    cursor = None
    while True:
        query = TraceQuery(
            error=True, start_unix_nano=start_unix_nano, end_unix_nano=end_unix_nano, limit=TRACES_A_PAGE, cursor=cursor
        )
        page = reader.find_traces(query)
        yield from (each.trace_id for each in page.traces)
        cursor = page.next_cursor
        if cursor is None:
            return


def _of_services(reader: Reader, rules: Sequence[Rule], on_progress: Progress) -> Iterable[SeenMatch]:
    windows, versions = PatternWindows(), ServiceVersions(reader)
    scopes = {rule.rule_id: rule.scope for rule in rules}
    position, last = -1, reader.stats().last_position
    while rules and (errors := reader.errors_after(position, ERRORS_AT_ONCE)).num_rows:
        position = last_position(errors, position)
        events = events_heard(rules, versions, spans_of(errors.spans), logs_of(errors.logs))
        for match, subject in windows.hear(rules, events):
            yield SeenMatch(match, scopes[match.rule_id], subject, match.end_unix_nano)
        on_progress("reading errors", position + 1, last + 1)
