"""Incidents: one cause, all its victims, from its first failure until it has been quiet. Pure; `now` is an argument.

sighting       a failing trace and its finding -> what incidents count; blast_radius: whom it hit
lifecycle      failures by one cause -> incidents opened, grown, resolved, opened again; severity: how bad
cause_info     what an incident tells an alert: its cause in a sentence, the objectives that it concerns
alert_tie      which incident an alert is of
error_groups   errors that are the same but for their variable parts, counted
"""
