"""What follows workflows: callbacks and silences, statuses, events."""

from dataclasses import dataclass

from correlator.doors.callbacks.door import CallbackDoor
from correlator.doors.callbacks.read import CallbackLimits
from correlator.doors.callbacks.silence import SilenceWatch
from correlator.pipeline.leadership.term import Job
from correlator.pipeline.record import Recorder
from correlator.pipeline.workflows.events import Events
from correlator.pipeline.workflows.executions import Executions
from correlator.pipeline.workflows.redis_events import RedisEvents
from correlator.serve.workflows import WorkflowApi
from correlator.settings import Settings
from correlator.store.contract import Reader
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.status_table import TableLimits


@dataclass(frozen=True, slots=True)
class Workflows:
    """What follows workflows: callbacks and silences, statuses, events."""

    executions: Executions
    events: Events
    callbacks: CallbackDoor
    silence: SilenceWatch
    redis: RedisEvents | None

    def restore(self) -> None:
        """What Redis kept is with the bus before anything is published."""
        if self.redis is not None:
            self.redis.restore()

    def jobs(self) -> dict[str, Job]:
        """What turns in every replica, by the names of threads."""
        return {} if self.redis is None else {"redis-events": self.redis.run}

    def close(self) -> None:
        """Once nothing is published any more: what Redis lacks goes there."""
        if self.redis is not None:
            self.redis.close()

    def api(self, settings: Settings) -> WorkflowApi:
        """What its routes stand on."""
        heartbeat_s, body_timeout_s = settings.events.heartbeat, settings.listen.body_timeout
        return WorkflowApi(self.callbacks, self.executions, self.events.bus, heartbeat_s, body_timeout_s)


def make_workflows(settings: Settings, store: Reader, recorder: Recorder, metrics: EngineMetrics) -> Workflows:
    """What follows workflows, not running yet. Raises SettingsError where Redis is asked for and its library is missing."""
    given, limits = settings.callbacks, settings.limits
    events = Events(settings.events.history, metrics)
    table = TableLimits(given.timeout, given.status_ttl, given.workflows, given.executions)
    executions = Executions(table, events.publish, metrics)
    bounds = CallbackLimits(given.body, given.nesting_depth, limits.future_skew, limits.past_skew)
    door = CallbackDoor(recorder, executions, bounds, metrics)
    silence = SilenceWatch(store, recorder, executions, asks_n8n=settings.n8n.base_url is not None)
    return Workflows(executions, events, door, silence, _redis_events(settings, events, metrics))


def _redis_events(settings: Settings, events: Events, metrics: EngineMetrics) -> RedisEvents | None:
    given = settings.events
    if given.redis_url is None:
        return None
    return RedisEvents(given.redis_url.get_secret_value(), given.redis_key, given.history, events.bus, metrics)
