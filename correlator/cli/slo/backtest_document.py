"""A backtest as JSON."""

from typing import Any

from correlator.model.objective import SEVERITIES
from correlator.pipeline.slo.backtest.backtest import Backtested, Change
from correlator.pipeline.slo.backtest.history import Replayed
from correlator.pipeline.slo.backtest.pattern_history import PatternHistory
from correlator.slo.backtest import CallingJudged, Rate, Waited


def backtest_document(found: Backtested) -> dict[str, Any]:
    """Times in unix nanoseconds, waits in seconds, ratios 0..1; null where there is none or nothing is known."""
    judged, knows = found.detection, found.knows_outages
    return {
        "from_unix_nano": found.begins_unix_nano,
        "to_unix_nano": found.ends_unix_nano,
        "objectives": [_objective(each) for each in found.objectives],
        "callings": [_judged(each) for each in judged.callings],
        "outages": [_waited(each) for each in judged.outages] if knows else None,
        "false_pages": judged.false_pages if knows else None,
        "precision": {each: _rate(judged.precision(each)) for each in SEVERITIES} if knows else None,
        "recall": _rate(judged.recall) if knows else None,
        "against": None if found.change is None else _change(found.change, knows=knows),
        "patterns": None if found.patterns is None else _patterns(found.patterns),
    }


def _objective(each: Replayed) -> dict[str, Any]:
    called = {f"{severity}s": sum(one.severity == severity for one in each.callings) for severity in SEVERITIES}
    return {
        "objective_id": each.objective.id,
        "target": each.objective.target,
        "events": each.events,
        "failures": each.failures,
        "coverage": each.coverage,
        "unavailable": each.unavailable or None,
        **called,
    }


def _judged(each: CallingJudged) -> dict[str, Any]:
    return {"calling": each.calling, "outage": each.outage}


def _waited(each: Waited) -> dict[str, Any]:
    return {"outage": each.outage, "page_wait_s": each.page_wait_s, "ticket_wait_s": each.ticket_wait_s}


def _rate(rate: Rate) -> dict[str, Any]:
    return {"count": rate.count, "of": rate.of, "ratio": rate.ratio}


def _change(change: Change, *, knows: bool) -> dict[str, Any]:
    return {
        "new": change.difference.new,
        "lost": change.difference.lost,
        "changed": change.difference.changed,
        "lost_detections": [each.name for each in change.lost_detections] if knows else None,
    }


def _patterns(history: PatternHistory) -> dict[str, Any]:
    return {"matches": history.matches, "stories": history.stories, "is_whole": history.is_whole}
