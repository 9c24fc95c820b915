"""The jobs between bridge and worker: on huey, with a ledger beside it, so that no death of a worker loses one.

job.py       a job and its outcome, as values and as JSON
storage.py   huey on `sqlite:///path` or `redis://host`; the only module that imports it
ledger.py    which jobs are open, who started them, how each ended: only writes that the first of several wins
queues.py    publish a job, wait for its outcome
routes.py    which queue takes a job: rules read from routes.json
consumer.py  threads that take jobs off some queues
sweeper.py   gives the jobs of dead workers to living ones; buries those that kill every worker
"""
