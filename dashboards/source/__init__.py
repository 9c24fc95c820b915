"""The program that writes grafana/*.json and kibana/*.ndjson: `python -m dashboards.source`, or `make dashboards`.

One file a dashboard: `overview`, `n8n`, `services`, `bridge`, `slos`, `incidents`; `catalogue` lists them. What they share:
`queries` (an expression and how it is asked), `panels` (the kinds of panels, each with title, description, unit, thresholds),
`variables` (what one can filter by), `links` (from one dashboard to another), `layout` (rows of panels to a dashboard), `causes` (a table that two
of them show), `workflow_names` (for series that know ids only), `document` (a dashboard as text).

`kibana` is all of Kibana's. The same source gives the same bytes. Grafana's own bindings (grafana-foundation-sdk) build the JSON.
"""
