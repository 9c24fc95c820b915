"""Backtests on what a store keeps: minutes, incidents and failing stories of real history, judged as the engine would have.

history          objectives over stored minutes: who would have been called, beside what really went wrong
catalog_outages  incidents as outages
pattern_history  where rules for known ways of failing would have fit
"""
