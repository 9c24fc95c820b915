"""The program that writes ../kibana/correlator.ndjson: Kibana's saved objects, one a line.

One file a dashboard: `errors`, `performance`, `log_volume`, `traces`, `incidents`; `searches` are the common questions; `catalogue`
lists everything, in the order of the file. What they share:

    saved_object    an object with its references and the versions by which Kibana migrates it; the tag that marks what is ours
    fields          names of fields, and queries that find errors in ECS and in OTel data alike
    data_views      which indices panels read, and how values are shown: durations, links into the engine
    columns         Lens: a column, which is an aggregation
    charts          Lens: figure, lines or bars, donut, table
    panels          a chart, a saved search or links with a place on a dashboard
    controls        what one can filter a dashboard by
    layout          rows of panels to a dashboard
    document        objects as the text of the file

The same source gives the same bytes. Shapes are those of Kibana 8.19 and 9.4.
"""
