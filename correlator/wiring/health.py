"""What /readyz tells of each part."""

from collections.abc import Callable
from threading import Thread

from correlator.pipeline.leadership.leadership import Leadership
from correlator.serve.health import Health, State
from correlator.wiring.concluding import Concluding
from correlator.wiring.parts import Parts


def make_health(parts: Parts, leadership: Leadership, leading: Thread, concluding: Concluding) -> Health:
    """The checks of a running engine; `leading` is the thread of `leadership`."""

    def doors() -> State:
        missing = [name for name in parts.settings.listen.addresses() if name not in parts.addresses]
        return State(not missing, f"not listening yet: {', '.join(missing)}" if missing else "listening")

    def role() -> State:
        if not leading.is_alive():
            return State(False, "the thread that takes the lease has ended; restart the engine")
        return State(not leadership.trouble, leadership.trouble or leadership.role)

    def watch() -> State:
        turning = "turning" if leadership.role == "leader" else "the leader's"
        return State(leading.is_alive() and not leadership.trouble, turning)

    def patterns() -> State:
        return State(True, parts.patterns.files.describe())  # a broken file keeps the rules before it: still ready

    checks: dict[str, Callable[[], State]] = {
        "store": parts.stored.check,
        "doors": doors,
        "role": role,
        "watch": watch,
        "patterns": patterns,
    }
    checks |= parts.alerts.checks()
    checks |= parts.kafka.checks()
    if parts.settings.n8n.base_url is not None:  # an n8n that is down is no reason to refuse telemetry
        checks["n8n"] = lambda: State(True, concluding.describe_n8n())
    return Health(checks)
