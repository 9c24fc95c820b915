"""Whether an engine exports to Elasticsearch."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from correlator.elasticsearch import Connection, Names
from correlator.errors import SettingsError
from correlator.pipeline.exporter import ExporterContext, Spool
from correlator.settings.elasticsearch_export import ElasticsearchExportSettings
from correlator.store.memory import MemoryStore
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from exporters.elasticsearch import make_exporter
from exporters.elasticsearch.log_id import log_id_of
from exporters.elasticsearch.target_names import RECORDS
from tests.conformance.records import decode
from tests.unit.store.segments.segment_stores import opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SegmentStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def section(**export: Any) -> dict[str, Any]:
    given = {"connection": Connection(hosts=("http://127.0.0.1:9",)), "names": Names(), "exposed_hosts": ()}
    return {**given, "export": dict(ElasticsearchExportSettings(**export))}


def context(store: SegmentStore, folder: Path) -> ExporterContext:
    return ExporterContext(store, EngineMetrics(), str, lambda _: True, Spool(store, folder, lambda: True, decode))


def test_it_is_on_where_the_settings_say_so_and_holds_the_log(store: SegmentStore, tmp_path: Path) -> None:
    """Of what came before the first start nothing is sent."""
    exporter = make_exporter(section(enabled=True), context(store, tmp_path))
    assert exporter is not None
    assert RECORDS in store.holds()
    assert exporter.describe() == (
        "elasticsearch/records has been sent nothing yet, 0 bytes behind; "
        "elasticsearch/conclusions has been sent nothing yet, 0 bytes behind"
    )


def test_the_log_is_held_for_nobody_once_it_is_off(store: SegmentStore, tmp_path: Path) -> None:
    """Else it would never be unlinked."""
    make_exporter(section(enabled=True), context(store, tmp_path))
    assert make_exporter(section(), context(store, tmp_path)) is None
    assert RECORDS not in store.holds()


def test_a_store_that_keeps_no_requests_is_refused() -> None:
    """With what to set; while the exporter is off such a store is as good as any."""
    without = ExporterContext(MemoryStore(), EngineMetrics(), str, lambda _: True)
    assert make_exporter(section(), without) is None
    with pytest.raises(SettingsError, match=r"set store\.kind to segments"):
        make_exporter(section(enabled=True), without)


def test_a_log_keeps_its_id_and_two_have_two(tmp_path: Path) -> None:
    """In a file of its folder."""
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    first, second = map(log_id_of, folders)
    assert first != second
    assert log_id_of(folders[0]) == first
