"""Objectives on real events: what connects the arithmetic of correlator.slo with stores and other servers.

objectives          which objectives are in force, and the minutes of each, wherever they are counted
remembered_minutes  the ledger's minutes in memory
status              one objective at a moment: budget, burn rates, alerts, and why something is unknown
report              a day, a week, a month of objectives: as JSON, Markdown and pages, and written by themselves
backtest            what objectives would have called in the history that is stored
running_counts      what was ever counted of each objective; board: all of this on /metrics
written             the objectives of folders, and the ready-made ones
ledger_job          the thread that counts: counting (requests, page by page), executions (and n8n_spans, what they are told by),
                    failed_calls (what nodes passed over), callback_ends and silent_runs (what the clock tells), alerts (whose are on)
"""
