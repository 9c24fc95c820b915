"""A bridge, a worker and a recorded n8n story: what `correlator demo` runs, and a model of how to instrument your own.

recording/      what a real n8n sent and whom it called, cut to six executions
rebase.py       pure: the recorded times, moved so that the story happens now
story.py        plays it: calls the bridge under n8n's trace context, posts n8n's spans to the engine
bridge.py       a process: takes n8n's call, queues a job, waits for its result
worker.py       a process: takes jobs off the queue; invoice.py is its work, and its fault
job_queue.py    the queue between the two: huey on SQLite, no server
child.py        what a child process does for its parent: says when it is ready, ends when the parent ends
processes.py    starts and ends the two
engine.py       asks the engine what it found
report.py       prints it
run.py          the whole demo, given an engine
"""
