"""Rows of one trace id become a trace, and its errors a chain that leads to the cause. Pure: no clock, store or network.

systems         which tier (n8n, bridge, worker, other) a sender belongs to
assemble        spans and logs in any order -> one Trace; clock_skew puts its services on one clock, retold knows the spans that
                another than their sender told of
stitch/         traces that are one story though their ids differ, by rules that say how sure they are
error_events    all the ways in which a trace tells of its errors; operation names what failed, generic_error knows what
                names no reason, running_span in which span a log was written, canceled_executions what is none
error_chain     from the failure that a user sees inward to the cause; causality says who called whom, failures which of
                them were survived, refused_calls which answers of 4xx are failures (n8n_status_texts and http_phrase: in what
                words they are retold), crash which tell that a process died, echo which only repeat another, unseen_callee whom nobody reported
fingerprint     which errors are the same; stack_frames which frames are the application's; without_ids: a sentence that is the
                same for all of them; without_secrets: a text that may be shown to more people than it was written for
log_template    which log lines are the same but for what varies
service_graph   who calls whom, how often, how long, over an Arrow table of spans
"""
