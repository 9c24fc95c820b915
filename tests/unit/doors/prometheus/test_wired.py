"""A Prometheus named in the settings is what objectives over Prometheus ask."""

from contextlib import closing
from pathlib import Path

import pytest

from correlator.errors import SettingsError, Unavailable
from correlator.settings import load_settings
from correlator.store.memory import MemoryStore
from correlator.wiring.prometheus import make_prometheus
from correlator.wiring.slo import make_objectives
from tests.unit.doors.prometheus.fake_prometheus import fake_prometheus
from tests.unit.slo.openslo.documents import GOOD, PROMETHEUS, RATIO
from tests.unit.slo.series import FIRST, after


def test_an_objective_over_prometheus_counts_its_events(tmp_path: Path) -> None:
    """From the file that was written to the sums of a window."""
    (tmp_path / "own.yaml").write_text(GOOD.replace(RATIO, PROMETHEUS), encoding="utf-8")
    with fake_prometheus() as prometheus:
        edges = range(11)
        prometheus.samples["http_total"] = {"a": [((FIRST + edge) * 60.0, 5.0 * edge) for edge in edges]}
        prometheus.samples['http_total{code=~"5.."}'] = {"a": [((FIRST + edge) * 60.0, 1.0 * edge) for edge in edges]}
        slo = {"folders": [str(tmp_path)], "shipped": False, "prometheus_url": prometheus.url}
        settings = load_settings(flags={"slo": slo, "store": {"retention_age": "40d"}})
        source = make_prometheus(settings)
        assert source is not None
        with closing(source):
            objectives = make_objectives(settings, MemoryStore(), source)
            (objective,) = objectives.all()
            while True:  # a month is read in turns where the machine is busy
                try:
                    window = objectives.sums(objective, after(10)).over(10, FIRST + 10)
                    break
                except Unavailable as error:
                    assert "still being read" in str(error)
    assert (window.good.tolist(), window.total.tolist(), window.coverage.tolist()) == ([40.0], [50.0], [1.0])


def test_none_is_asked_where_none_is_named() -> None:
    """The objective says so itself."""
    assert make_prometheus(load_settings()) is None


def test_a_token_that_cannot_be_read_ends_the_start(tmp_path: Path) -> None:
    """Before anything is asked."""
    slo = {"prometheus_url": "http://127.0.0.1:9", "prometheus_token_file": str(tmp_path / "none")}
    with pytest.raises(SettingsError, match=r"slo\.prometheus_token_file"):
        make_prometheus(load_settings(flags={"slo": slo}))
