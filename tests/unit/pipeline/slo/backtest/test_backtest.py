"""One backtest, put together."""

from dataclasses import replace

from correlator.model.objective import Objective
from correlator.pipeline.slo.backtest.backtest import Backtested, Known, backtest
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.backtest import Outage
from correlator.store.contract import OutcomeLedger
from correlator.store.memory import MemoryStore
from tests.unit.pipeline.slo.counted import BRIDGE, an_outage
from tests.unit.slo.series import FIRST, after

LAX = replace(BRIDGE, target=0.95)
DAY = 1_440


def two_days() -> tuple[OutcomeLedger, Outage]:
    """The last ten minutes of two days are an outage."""
    store, end = an_outage(10, days=2)
    return store, Outage("cable", after(end - 10), None)


def judged(ledger: OutcomeLedger, now: Objective, before: Objective | None, known: Known | None) -> Backtested:
    earlier = None if before is None else Objectives([before], ledger)
    return backtest(Objectives([now], ledger), earlier, known, FIRST + DAY, FIRST + 2 * DAY)


def test_callings_are_judged_by_the_outages_that_are_known() -> None:
    """Here the outage itself; the range is told in times."""
    ledger, cable = two_days()
    found = judged(ledger, BRIDGE, None, Known((cable,)))
    assert (found.begins_unix_nano, found.ends_unix_nano) == (after(DAY), after(2 * DAY))
    assert [each.outage for each in found.detection.callings] == ["cable"]
    assert (found.detection.recall.count, found.detection.false_pages, found.knows_outages) == (1, 0, True)


def test_where_nobody_knows_nothing_is_called_false() -> None:
    """The callings are told all the same."""
    found = judged(two_days()[0], BRIDGE, None, None)
    assert (len(found.detection.callings), found.knows_outages, found.change) == (1, False, None)


def test_a_stricter_objective_pages_anew_and_a_laxer_one_loses_the_outage() -> None:
    """Both ways of one change."""
    ledger, cable = two_days()
    stricter = judged(ledger, BRIDGE, LAX, Known((cable,))).change
    assert stricter is not None
    assert ([each.severity for each in stricter.difference.new_of("page")], stricter.lost_detections) == (["page"], ())
    laxer = judged(ledger, LAX, BRIDGE, Known((cable,))).change
    assert laxer is not None
    assert (len(laxer.difference.lost_of("page")), laxer.lost_detections) == (1, (cable,))


def test_what_people_remember_is_forgiven_by_minutes() -> None:
    """Their outage begins three minutes after the page."""
    ledger, cable = two_days()
    late = replace(cable, begins_unix_nano=cable.begins_unix_nano + (after(4) - after(0)))
    assert judged(ledger, BRIDGE, None, Known((late,))).detection.false_pages == 1
    assert judged(ledger, BRIDGE, None, Known((late,), slack_s=300)).detection.false_pages == 0


def test_an_empty_store_calls_nobody() -> None:
    """Nor is anything missed."""
    found = judged(MemoryStore(), BRIDGE, BRIDGE, Known(()))
    assert (found.detection.callings, found.detection.recall.ratio) == ((), None)
