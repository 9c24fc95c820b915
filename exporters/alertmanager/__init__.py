"""Incidents as alerts of Alertmanager, by its protocol: what is on is told again and again, what is over until it was heard.

alert          an incident to the alerts that it is now: pure; identity: labels that stay while it is open
retelling      which alerts one Alertmanager is due to be told: pure
client         POST /api/v2/alerts
target         one Alertmanager, told in a thread of its own; exporter: all of them, and what there is to be told
"""

from exporters.alertmanager.exporter import make_exporter

__all__ = ["make_exporter"]
