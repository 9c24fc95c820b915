"""What the engines concluded and counted, and which of them concludes.

conclusions  catalog, ledger and lease put together
catalog      the watch's state, incidents, error groups; kept_watch and conclusion_documents are their shapes
ledger       minutes, outcomes, runs; ledger_changes what a commit comes to, ledger_documents and minute_hours the shapes,
             forgetting what is too old
lease        which engine concludes
kept_text    a small text that an engine keeps in the cluster
exported     refuses to conclude where an exporter does
"""
