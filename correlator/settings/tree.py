"""The whole tree, and its sections."""

from pathlib import Path
from typing import Any, Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from correlator.correlate.systems import DEFAULT_RULES
from correlator.settings.alertmanager import AlertmanagerSettings
from correlator.settings.elasticsearch import ElasticsearchSettings
from correlator.settings.engine import (
    IncidentSettings,
    LimitSettings,
    RecordSettings,
    StoreSettings,
    SystemRuleSettings,
)
from correlator.settings.forward import ForwardSettings
from correlator.settings.kafka import KafkaSettings
from correlator.settings.kibana import KibanaSettings
from correlator.settings.listen import Listen
from correlator.settings.n8n import N8nSettings
from correlator.settings.patterns import PatternSettings
from correlator.settings.reports import ReportSettings
from correlator.settings.slo import SloSettings
from correlator.settings.stitch import StitchSettings
from correlator.settings.workflows import CallbackSettings, EventSettings

ENV_PREFIX: Final = "CORRELATOR_"


class Settings(BaseSettings):
    """The whole tree."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_nested_delimiter="__", validate_default=True
    )

    data_dir: Path = Field(default=Path("data"), description="Folder that keeps the data.")
    listen: Listen = Listen()
    limits: LimitSettings = LimitSettings()
    record: RecordSettings = RecordSettings()
    store: StoreSettings = StoreSettings()
    incidents: IncidentSettings = IncidentSettings()
    stitch: StitchSettings = StitchSettings()
    patterns: PatternSettings = PatternSettings()
    callbacks: CallbackSettings = CallbackSettings()
    events: EventSettings = EventSettings()
    n8n: N8nSettings = N8nSettings()
    slo: SloSettings = SloSettings()
    reports: ReportSettings = ReportSettings()
    alertmanager: AlertmanagerSettings = AlertmanagerSettings()
    forward: ForwardSettings = ForwardSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    kibana: KibanaSettings = KibanaSettings()
    kafka: KafkaSettings = KafkaSettings()
    exporters: dict[str, dict[str, Any]] = Field(
        default={}, description="Settings of exporters that were installed beside these, by the exporter's name."
    )
    systems: tuple[SystemRuleSettings, ...] = Field(
        default=tuple(
            SystemRuleSettings(system=rule.system, attribute=rule.attribute, pattern=rule.pattern)
            for rule in DEFAULT_RULES
        ),
        description="Which resource belongs to which system.",
    )

    @property
    def records_kept_s(self) -> int | None:
        """How long the store keeps records; None is for ever. No objective looks back further."""
        is_embedded = self.store.kind == "segments"
        kept_s = self.store.retention_age if is_embedded else self.elasticsearch.retention
        return None if kept_s is None else int(kept_s)
