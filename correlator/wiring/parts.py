"""What an engine is made of, whether it leads or follows."""

from dataclasses import dataclass

from correlator.doors.decode_processes import DecodeProcesses
from correlator.pipeline.leadership.held_lease import HeldLease
from correlator.pipeline.patterns.patterns import Patterns
from correlator.pipeline.record import Recorder
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.stories.investigate import Investigator
from correlator.settings import Settings
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.alerts import Alerts
from correlator.wiring.kafka import KafkaPart
from correlator.wiring.opened_store import OpenStore
from correlator.wiring.workflows import Workflows


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that outlives a term of leadership. `addresses` (otlp_http, otlp_grpc, api) is filled once it listens."""

    settings: Settings
    metrics: EngineMetrics
    stored: OpenStore
    lease: HeldLease
    recorder: Recorder
    decode_processes: DecodeProcesses | None
    investigator: Investigator
    patterns: Patterns
    workflows: Workflows
    objectives: Objectives
    alerts: Alerts
    kafka: KafkaPart
    addresses: dict[str, str]
