"""Stitch: records of one story though their trace ids differ. One rule a file; each edge says how sure it is. Pure.

join_keys    what records of different traces can have in common, for many records at once
stories      stitch: the tables' traces -> stories
story_trace  one story -> one Trace
precisions   how often each method was right, read from precisions.json, which a program writes
"""

from correlator.correlate.stitch.join_keys import KEYED, join_keys
from correlator.correlate.stitch.precisions import format_precisions, measured, parse_precisions
from correlator.correlate.stitch.stories import stitch
from correlator.correlate.stitch.story_trace import story_trace
from correlator.model.precisions import UNMEASURED, MethodPrecision, Precisions

__all__ = [
    "KEYED",
    "UNMEASURED",
    "MethodPrecision",
    "Precisions",
    "format_precisions",
    "join_keys",
    "measured",
    "parse_precisions",
    "stitch",
    "story_trace",
]
