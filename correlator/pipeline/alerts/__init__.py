"""Incidents and alerts: what an alert is told of its cause, and which incident an alert that came in is of.

recent_incidents   those that are open, or were a short time ago
causes             their causes for Prometheus, prepared turn by turn; cause_collector: as series on /metrics
alert_log          alerts as log records, read again; heard_alerts: those of the last days, each as it was last told
tied_alerts        alerts with the incidents that they are of
"""
