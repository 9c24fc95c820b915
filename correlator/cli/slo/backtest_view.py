"""A backtest for people: whom it would have called, how long outages waited, what a change does."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from correlator.cli.slo.rate_text import rate_text
from correlator.console import Trimmed, counted, plain, utc
from correlator.model.objective import SEVERITIES, Severity
from correlator.pipeline.patterns.patterns import SeenMatch
from correlator.pipeline.slo.backtest.backtest import Backtested, Change
from correlator.pipeline.slo.backtest.pattern_history import PatternHistory
from correlator.slo.backtest import Calling, CallingJudged, Rate, Waited

SHOWN: Final = 50
"""Of each list at most; --json has all."""
NOT_JUDGED: Final = Text()
STYLES: Final = {"page": "red", "ticket": "yellow"}


def backtest_view(found: Backtested) -> RenderableType:
    """Callings, outages, what was judged, the difference, patterns: what there is of each."""
    number = counted(len(found.objectives), "objective")
    heading = f"{utc(found.begins_unix_nano)} to {utc(found.ends_unix_nano)}: {number}"
    parts: list[RenderableType] = [plain(heading, "bold")]
    parts += _listed([_judged(each, knows_outages=found.knows_outages) for each in found.detection.callings])
    parts += _listed([_waited(each) for each in found.detection.outages])
    parts += [Text(), *map(plain, _verdict(found)), *(plain(each, "yellow") for each in _unknown(found))]
    if found.change is not None:
        parts += _change(found.change)
    if found.patterns is not None:
        parts += _patterns(found.patterns)
    return Trimmed(Group(*parts))


def _listed(entries: Sequence[RenderableType]) -> list[RenderableType]:
    """The first of them, after a blank line."""
    more = [Text(f"{len(entries) - SHOWN} more: --json has all", "dim")] if len(entries) > SHOWN else []
    return [Text(), *entries[:SHOWN], *more] if entries else []


def _judged(each: CallingJudged, *, knows_outages: bool) -> RenderableType:
    if not knows_outages:
        return _calling(each.calling)
    judged = plain("; false", "red") if each.outage is None else plain(f"; outage {each.outage}")
    return _calling(each.calling, judged)


def _calling(each: Calling, judged: Text = NOT_JUDGED, before: str = "") -> RenderableType:
    """Two lines, so that an id is whole at any width: who was called for what and when; how fast the budget went."""
    ends = each.ends_unix_nano
    lasted = "still on" if ends is None else f"for {_span((ends - each.begins_unix_nano) / 1e9)}"
    windows = f"{_span(each.window.long_window_s)} and {_span(each.window.short_window_s)}"
    first = f"{before}{each.severity}  {utc(each.begins_unix_nano)}, {lasted}: {each.objective_id}"
    second = plain(f"  burn rate {rate_text(each.worst_burn_rate)} at worst, fired by {windows}", "dim")
    return Group(plain(first, STYLES[each.severity]), Text.assemble(second, judged))


def _waited(each: Waited) -> RenderableType:
    outage = each.outage
    ends = "not over" if outage.ends_unix_nano is None else f"to {utc(outage.ends_unix_nano)}"
    waits = f"  {_wait('page', each.page_wait_s)}, {_wait('ticket', each.ticket_wait_s)}"
    first = plain(f"outage  {utc(outage.begins_unix_nano)} {ends}: {outage.name}", "bold")
    return Group(first, plain(waits, "red" if each.page is None else ""))


def _wait(severity: Severity, seconds: float | None) -> str:
    return f"no {severity}" if seconds is None else f"{severity} after {_span(seconds)}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def _verdict(found: Backtested) -> Iterator[str]:
    judged = found.detection
    for severity in SEVERITIES:
        rate = judged.precision(severity)
        right = f", {rate.count} of them right{_percent(rate)}" if found.knows_outages and rate.of else ""
        yield f"{counted(rate.of, severity)}{right}"
    if found.knows_outages:
        paged = f", {judged.recall.count} of them paged{_percent(judged.recall)}" if judged.recall.of else ""
        yield f"{counted(judged.recall.of, 'outage')} known{paged}"
    else:
        yield "no engine watched this history for incidents: name what went wrong with --incidents FILE"


def _percent(rate: Rate) -> str:
    return "" if rate.ratio is None else f" ({rate.ratio:.0%})"


def _unknown(found: Backtested) -> Iterator[str]:
    """Objectives of which nothing could be judged."""
    for each in found.objectives:
        if each.unavailable or not each.events:
            yield f"{each.objective.id}: {each.unavailable or 'no events'}"


def _change(change: Change) -> list[RenderableType]:
    new, lost, changed = change.difference.new, change.difference.lost, change.difference.changed
    summary = f"{_each(new, 'new')}; {_each(lost, 'lost')}; {counted(len(changed), 'calling')} at another time"
    parts: list[RenderableType] = [Text("\nAgainst the objectives before", "bold"), plain(summary)]
    parts += _listed([_calling(each, before=what) for what, some in (("new ", new), ("lost ", lost)) for each in some])
    for outage in change.lost_detections:
        parts.append(plain(f"nobody is paged any more for {outage.name}, {utc(outage.begins_unix_nano)}", "red"))
    return parts


def _each(callings: Iterable[Calling], word: str) -> str:
    """`1 new page, 2 new tickets`."""
    severities: list[Severity] = [each.severity for each in callings]
    return ", ".join(counted(severities.count(severity), f"{word} {severity}") for severity in SEVERITIES)


def _patterns(history: PatternHistory) -> list[RenderableType]:
    """A line a rule, the one that fits most first: --json has each match."""
    more = "" if history.is_whole else ", the newest: there are more than a backtest reads"
    by_rule: defaultdict[str, list[SeenMatch]] = defaultdict(list)
    for each in history.matches:
        by_rule[each.match.rule_id].append(each)
    lines = [
        _rule(by_rule[rule_id]) for rule_id in sorted(by_rule, key=lambda rule_id: (-len(by_rule[rule_id]), rule_id))
    ]
    read = f"failing stories read: {history.stories}{more}"
    return [Text("\nPatterns", "bold"), plain(read), *(_listed(lines) or [Text("none fits")])]


def _rule(matches: Sequence[SeenMatch]) -> RenderableType:
    """The matches of one rule, by time."""
    first, last = (utc(matches[place].found_at_unix_nano) for place in (0, -1))
    when = first if len(matches) == 1 else f"{first} to {last}"
    match = matches[0].match
    return plain(f"{match.severity}  {match.rule_id}: {counted(len(matches), 'time')}, {when}")
