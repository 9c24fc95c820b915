"""What people look at: dashboards of Grafana and Kibana, written by a program.

- `grafana/*.json`       the dashboards, as Grafana reads them: written by `python -m dashboards.source`, never by hand
- `grafana/provisioning` where Grafana finds them, and its data sources
- `grafana/empty_by_design.yaml`   which panels and rules may show nothing on a healthy or small system, and why
- `kibana/correlator.ndjson` dashboards, saved searches and data views, as Kibana imports them: `correlator kibana import`
- `kibana/kibana.yml`    how Kibana is set up beside the engine
- `source`               the program: one file a dashboard
"""
