"""A bridge, a worker and a recorded n8n story: what `correlator demo` runs, and a model of how to instrument your own.

recording/      what a real n8n sent and whom it called, cut to six executions
rebase.py       pure: the recorded times, moved so that the story happens now
story.py        plays it: calls the bridge under n8n's trace context, posts n8n's spans to the engine
bridge/         a process: takes n8n's calls, queues jobs, waits for their outcomes
worker/         processes: take jobs off the queues, do them, call n8n back
jobs/           the queues between the two: huey on SQLite or Redis, and a ledger that loses no job
invoice.py      the work of the recorded story, and its fault
items.py        n8n's items as Python objects and back; typed_json.py is how
faults.py       what can be made to go wrong on demand
truth.py        which spans belong to which story, for whoever measures that
child.py        what a child process does for its parent: says when it is ready, ends when the parent ends
processes.py    starts and ends the two
engine.py       asks the engine what it found
report.py       prints it
run.py          the whole demo, given an engine
"""
