"""Backtests on what a store keeps: minutes, incidents and failing stories of real history, judged as the engine would have.

backtest         one backtest, put together; history: objectives over minutes, who would have been called
recount          events counted anew; stored_range: which time is stored, and which of its minutes are known
catalog_outages  incidents as outages
pattern_history  where rules for known ways of failing would have fit
"""
