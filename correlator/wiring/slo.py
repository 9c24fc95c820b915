"""Objectives: which are in force, and where their minutes are."""

from correlator.pipeline.slo.objectives import MinuteSource, Objectives
from correlator.pipeline.slo.written import written_objectives
from correlator.settings import Settings
from correlator.store.contract import OutcomeLedger


def make_objectives(settings: Settings, store: OutcomeLedger, elsewhere: MinuteSource | None = None) -> Objectives:
    """The objectives of the settings, counted in `store` or, those over a Prometheus, `elsewhere`.

    Raises SettingsError where a file of objectives has a mistake.
    """
    given, retention_s = settings.slo, settings.store.retention_age
    written = written_objectives(
        given.folders, None if retention_s is None else int(retention_s), with_shipped=given.shipped
    )
    return Objectives(written, store, elsewhere)
