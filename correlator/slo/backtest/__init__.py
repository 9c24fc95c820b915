"""What objectives would have done in a history that is known now. Pure: minutes in, callings and judgements out.

calling     whom the alerts of an objective would have called, from when until when
outage      what really went wrong, as far as somebody knows
detection   callings beside outages: how long each outage waited, which pages were false
difference  callings before and after a change: new ones, lost ones
"""

from correlator.slo.backtest.calling import Calling, callings
from correlator.slo.backtest.detection import CallingJudged, Detection, Rate, Waited, detection
from correlator.slo.backtest.difference import ChangedCalling, Difference, difference
from correlator.slo.backtest.outage import Outage

__all__ = [
    "Calling",
    "CallingJudged",
    "ChangedCalling",
    "Detection",
    "Difference",
    "Outage",
    "Rate",
    "Waited",
    "callings",
    "detection",
    "difference",
]
