"""Incidents and alerts: what an alert is told of its cause, and which incident an alert that came in is of.

recent_incidents   those that are open, or were a short time ago
causes             their causes for Prometheus, prepared turn by turn; cause_collector: as series on /metrics
"""
