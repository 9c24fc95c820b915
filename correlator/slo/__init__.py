"""Service level objectives. Pure: `now` is an argument, series come in as arrays, what is missing is said.

openslo         OpenSLO v1 files -> objectives (model.objective), every mistake with its line
selection       events -> outcomes: which objectives an event counts for, and whether it is good for them
span_counts     the same for spans, in columns; run_parts: executions from all that is told of them, in any order
ledger          outcomes -> good and total events a minute, each event counted once
running_count   what was ever counted, for counters that never fall
minute_series   those minutes as arrays, and their sums over any window
time_slices     Timeslices and RatioTimeslices: slices of time as events
burn_rate       how fast the budget goes; budget: what is left of it; coverage: what is known, and what may be said then
windows         the workbook's windows and factors; gates: low traffic; alerting: who is called now
report          a day, a week, a month of an objective: attained, left, who was called, what burnt it
concerned       which objectives an incident may have burnt
backtest        what all of this would have done in a history that is known now
silence         failures that nobody reports: no run, no items, no end, errors passed over
"""
