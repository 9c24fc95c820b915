"""A trace, the story that it is part of, and the cause, from what the store holds now.

story             the other traces that belong to one
investigate       trace and story to a finding; service_versions: what was deployed before
find_stories      stories by an execution or a job; named_records: records by their name, newest first
propagation       how often trace context arrives, of a bounded sample; and as gauges
"""
