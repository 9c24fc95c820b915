"""The one place that builds everything: settings in, a running engine out.

alerts.py     incidents' causes on /metrics, exporters, Alertmanager's webhook
backtest.py   a data folder that nobody runs on, for backtests
recording.py  limits, systems, decoder and recorder: bytes to durable records
store.py      the embedded store; elasticsearch_store.py: the distributed one; engine_store.py: the one that the settings name
opened_store.py  what each of them gives the engine
stories.py    what joins and explains stories, and the patterns
foreign.py    what others wrote into Elasticsearch; offline.py: an engine without doors, for `correlator investigate`
n8n.py        what reads n8n's executions through its API
reports.py    reports on objectives, written by themselves
slo.py        objectives: which are in force, and where their minutes are
workflows.py  callbacks, statuses, silences, events
parts.py      all of these, as an engine has them whether it leads or follows
recalling.py  what was told before, and to other engines on the same store
concluding.py what concludes, made anew for each term of leadership
health.py     what /readyz tells of each
build.py      all of it as one engine
engine.py     the engine running: what listens, what turns in threads, in which order they end
"""

from correlator.wiring.alerts import make_alerts
from correlator.wiring.build import build
from correlator.wiring.engine import Engine
from correlator.wiring.n8n import make_n8n_client, make_n8n_poller
from correlator.wiring.recording import make_decode, make_limits, make_recorder, make_rules
from correlator.wiring.slo import make_objectives
from correlator.wiring.store import open_store
from correlator.wiring.stories import make_investigator, make_patterns, make_story_bounds, read_precisions
from correlator.wiring.workflows import Workflows, make_workflows

__all__ = [
    "Engine",
    "Workflows",
    "build",
    "make_alerts",
    "make_decode",
    "make_investigator",
    "make_limits",
    "make_n8n_client",
    "make_n8n_poller",
    "make_objectives",
    "make_patterns",
    "make_recorder",
    "make_rules",
    "make_story_bounds",
    "make_workflows",
    "open_store",
    "read_precisions",
]
