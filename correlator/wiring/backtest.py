"""A data folder opened for a backtest: nothing in it is deleted, and what is counted anew stays outside of it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from correlator.errors import InvalidInput, StoreError
from correlator.explain.pattern import Rule
from correlator.model.objective import DAY_S, Objective
from correlator.model.tables import Tables
from correlator.pipeline.slo.backtest.backtest import Known
from correlator.pipeline.slo.backtest.catalog_outages import catalog_outages
from correlator.pipeline.slo.backtest.pattern_history import PatternHistory, pattern_history
from correlator.pipeline.slo.backtest.recount import recount
from correlator.pipeline.slo.backtest.stored_range import last_minute, recorded_minutes, stored_range
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.stories.investigate import Investigator
from correlator.settings import Settings
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.windows import MINUTE_S
from correlator.store.contract import EventPage
from correlator.store.segments import SegmentStore
from correlator.store.segments.catalog import SegmentCatalog
from correlator.store.segments.conclusions.outcome_ledger import CatalogLedger
from correlator.wiring.prometheus import make_prometheus
from correlator.wiring.store import open_store
from correlator.wiring.stories import make_story_bounds, read_precisions

LEAD_MINUTES: Final = 7 * DAY_S // MINUTE_S
"""Before the range, known too: alerts look back for three days (pipeline.slo.backtest.history.lead_minutes)."""
DEFAULT_MINUTES: Final = 30 * DAY_S // MINUTE_S
"""Back from the last record: the usual period of an objective."""

Progress = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and of how much."""


class StoredHistory:
    """What a data folder tells of the minutes [first, end), unix minutes. From one thread."""

    def __init__(
        self, settings: Settings, store: SegmentStore, scratch: ExitStack, minutes: range, on_progress: Progress
    ) -> None:
        self.first_minute, self.end_minute = minutes.start, minutes.stop
        self._settings = settings
        self._store = store
        self._scratch = scratch
        self._on_progress = on_progress
        self._workflow_names: dict[str, str] = {}

    def counted(self, written: Sequence[Objective]) -> Objectives:
        """Objectives with their events counted anew from the stored records, as an engine would have counted them."""
        folder = Path(self._scratch.enter_context(TemporaryDirectory(prefix="correlator-backtest-")))
        catalog = SegmentCatalog(folder / "counted.sqlite")
        self._scratch.callback(catalog.close)
        ledger = _CountedElsewhere(catalog, self._store)
        objectives = Objectives(written, ledger, make_prometheus(self._settings))
        last = self._store.stats().last_position
        show = partial(self._show, f"counting {len(written)} objectives", last)
        recount(ledger, objectives, self._known_minutes, self.end_minute * MINUTE_NANO, show)
        self._workflow_names |= ledger.workflow_names()
        return objectives

    def known_outages(self, objectives: Collection[Objective]) -> Known | None:
        """The engine's own incidents that concern these objectives, which were counted; None where errors are stored that no engine has looked at."""
        if self._store.errors_after(self._store.watch_state().position, 1).num_rows:
            return None
        start, end = self.first_minute * MINUTE_NANO, self.end_minute * MINUTE_NANO
        return Known(catalog_outages(self._store, objectives, self._workflow_names, start, end))

    def patterns(self, rules: Sequence[Rule]) -> PatternHistory:
        """Where these rules would have fit."""
        investigator = Investigator(self._store, read_precisions(), make_story_bounds(self._settings))
        start, end = self.first_minute * MINUTE_NANO, self.end_minute * MINUTE_NANO
        return pattern_history(self._store, investigator, rules, start, end, self._on_progress)

    @cached_property
    def _known_minutes(self) -> frozenset[int]:
        stored = stored_range(self._store, self.first_minute - LEAD_MINUTES, self.end_minute)
        return recorded_minutes(self._store, stored, self.end_minute) if stored else frozenset()

    def _show(self, what: str, last_position: int, position: int) -> None:
        self._on_progress(what, position + 1, last_position + 1)


class _CountedElsewhere(CatalogLedger):
    """A ledger of its own for the events of a store."""

    def __init__(self, catalog: SegmentCatalog, store: SegmentStore) -> None:
        super().__init__(catalog)
        self._store = store

    def events_after(self, position: int, columns: tuple[str, ...]) -> EventPage:
        return self._store.events_after(position, columns)

    def read_traces(self, trace_ids: Sequence[bytes]) -> Tables:
        return self._store.read_traces(trace_ids)


@contextmanager
def open_history(
    settings: Settings, start_unix_nano: int | None, end_unix_nano: int | None, on_progress: Progress
) -> Iterator[StoredHistory]:
    """The data folder of the settings for the block. Without a start, 30 days to the end; without an end, to the last record.

    Raises StoreError where there is no such folder or an engine holds it, InvalidInput where nothing lies in the range.
    """
    if settings.store.kind != "segments":
        raise StoreError(
            f"a backtest reads a data folder, and store.kind is {settings.store.kind}; "
            "name a folder of records with --data-dir DIR, and settings with store.kind segments"
        )
    if not (settings.data_dir / "format").is_file():
        raise StoreError(f"{settings.data_dir} is no data folder; name one with --data-dir DIR")
    with ExitStack() as scratch:
        store = open_store(_kept_whole(settings))
        scratch.callback(store.close)
        yield StoredHistory(settings, store, scratch, _minutes(store, start_unix_nano, end_unix_nano), on_progress)


def _kept_whole(settings: Settings) -> Settings:
    """The same, but for retention: what is old is just what a backtest is about."""
    forever: dict[str, Any] = {"retention_age": None, "retention_size": None}
    return settings.model_copy(update={"store": settings.store.model_copy(update=forever)})


def _minutes(store: SegmentStore, start_unix_nano: int | None, end_unix_nano: int | None) -> range:
    end = last_minute(store) if end_unix_nano is None else -(-end_unix_nano // MINUTE_NANO)
    if end is None:
        raise InvalidInput("the data folder holds no spans; name another with --data-dir DIR")
    asked = range(end - DEFAULT_MINUTES if start_unix_nano is None else start_unix_nano // MINUTE_NANO, end)
    if not asked:
        raise InvalidInput("--from is not before --to; exchange the two")
    stored = stored_range(store, asked.start, asked.stop)
    if stored is None:
        raise InvalidInput("no span is stored between --from and --to; widen the range")
    return asked if start_unix_nano is not None else range(stored.first_minute, end)
