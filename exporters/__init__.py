"""Who is told what the engine concluded, and who gets on what it recorded. Each exporter is a package here, or in a distribution of yours.

An exporter is found by the entry-point group `correlator.exporters`; correlator.pipeline.exporter says what one must do, and
exporters/alertmanager shows how. Its settings are the section of its name: of one of yours, below `exporters`.

alertmanager   incidents as alerts
elasticsearch  records, incidents and findings as documents
otlp           acknowledged requests, on to other backends
delivery       shared: nothing acknowledged is lost while a target is down
"""
