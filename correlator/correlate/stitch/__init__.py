"""Stitch: records of one story though their trace ids differ. One rule a file; each edge says how sure it is. Pure.

join_keys    what records of different traces can have in common, for many records at once (key_attributes and linked_traces
             read it from JSON); shared_keys says which traces share one: only those are looked at record by record,
             and of their spans only those that bystanders leaves
stories      stitch: the tables' traces -> stories; story_trace: one story -> one Trace (span_aliases keeps ids apart)
ladder       the rules, the surest first: span_link, parent_execution, retry_of, execution_id, job_key, payload; and loose_logs
             for records without a trace id. (Same trace id and tracing context hold within a trace: assemble, retold)
claims       what a rule says, and when it is ambiguous; union_find holds the stories so far
scene        what rules look at: facts of records, executions
plausible    which times and ids can belong together; caller says which span of an execution made a call
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
