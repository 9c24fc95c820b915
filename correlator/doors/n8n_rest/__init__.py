"""n8n's REST API as a door: what n8n's own spans lost, told again from its database.

n8n pushes OTLP from memory: what it exports while the engine is away, or while it is killed, is gone. Its database has
every execution all the same. `poller` asks for them turn by turn, `client` speaks HTTP and answers with values instead of
exceptions, `listing` walks the lists down to known ground, `own_spans` looks up what n8n told itself, `repair` tells what
it did not, and `ledger` remembers across restarts what was sent. Beside `repair` stand `due` (what is dealt with now), `told`
(what becomes of an execution), `waits` (its part before it waited) and `workflow_spans` (who called it).

Pure are `document` (JSON to values, with `node_error` and `shapes`), `identity` (trace and span ids), `redact` (what may
go on), `spans` and `logs`, and `translate`, which makes OTLP requests of an execution.

Requests made here say `correlator.source = n8n_rest` on their resource and have the same ids however often they are made.
"""
