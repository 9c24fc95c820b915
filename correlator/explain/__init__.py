"""Findings: from a trace's error chains to ranked causes with evidence. Pure; a symptom is never called a cause.

trace            explain_trace: a trace and its chains -> one finding
incident         explain_incident: findings of many traces -> one finding
awaited          whom a caller that gave up was waiting for
candidates       whom each chain accuses (suspect), and when it accuses nobody; cause_kind reads the words of errors
refusal          requests that a callee turned down: either side may be wrong
confidence       how sure an accusation is, factor by factor
evidence, path, ruled_out, missing_signals    the parts of an answer, one file each
narrate          the answer in one sentence
call_tree        the calls of the trace, as the others walk them
loose_logs       ERROR logs that belong to no span; crashed_executions    those of them that end an execution
"""

from correlator.explain.incident import explain_incident
from correlator.explain.trace import explain_trace

__all__ = ["explain_incident", "explain_trace"]
