"""An engine without doors, on data of its own that goes with it: what `correlator investigate` asks."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from correlator.model.incident import Incident
from correlator.pipeline.watch.watch import Watch
from correlator.settings import Settings
from correlator.store.contract import Frame, IncidentQuery
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.recording import make_decode
from correlator.wiring.store import open_store
from correlator.wiring.stories import make_investigator, make_patterns

MOST_INCIDENTS: Final = 1_000
"""As many as a page of the API has."""


@dataclass(slots=True)
class Taken:
    """What came in: records, and those that were refused, by reason."""

    spans: int = 0
    logs: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class OfflineEngine:
    """Takes requests in, then concludes as of a moment. `folder` is empty, and holds the store for so long."""

    def __init__(self, settings: Settings, folder: Path, now_unix_nano: int) -> None:
        self._settings = settings
        self._now_unix_nano = now_unix_nano
        self._decode = make_decode(settings)
        kept = settings.store.model_copy(update={"retention_age": None, "retention_size": None})
        self._store = open_store(settings.model_copy(update={"data_dir": folder, "store": kept}))
        self.taken = Taken()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._store.close()

    def take(self, frame: Frame) -> None:
        """Keep the records of a request. Raises InvalidInput where it is none."""
        decoded = self._decode(frame)
        self.taken.spans += decoded.tables.spans.num_rows
        self.taken.logs += decoded.tables.logs.num_rows
        self.taken.refused.update({rejection.reason: rejection.count for rejection in decoded.rejections})
        self._store.append(frame, decoded.tables).result()

    def conclude(self) -> tuple[Incident, ...]:
        """The incidents of all that was taken, newest first, MOST_INCIDENTS at most."""
        watch = self._watch()
        while (turn := watch.turn()).errors or turn.waiting:
            pass  # the last turn hears of nothing new, and resolves what was quiet since
        return self._store.incidents(IncidentQuery(limit=MOST_INCIDENTS)).incidents

    def _watch(self) -> Watch:
        given, metrics = self._settings.incidents, EngineMetrics()
        patterns = make_patterns(self._store, self._settings, metrics)
        return Watch(
            self._store,
            make_investigator(self._store, self._settings, patterns),
            metrics,
            threshold=given.threshold,
            window_s=given.window,
            quiet_s=given.quiet,
            settle_s=0,  # nothing more will arrive
            max_traces_per_turn=given.traces_per_turn,
            backlog=given.backlog,
            clock_unix_nano=lambda: self._now_unix_nano,
            hear=patterns.hear,
        )
