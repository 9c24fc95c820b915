"""Where others' records are."""

import pytest

from correlator.elasticsearch.foreign.sources import Source


@pytest.mark.parametrize(
    ("index", "kind"),
    [
        ("traces-shop-default", "otel"),
        ("west:traces-*", "otel"),
        ("logs-shop.otel-*", "otel"),
        ("my-otel-logs", "otel"),
        ("otel-cluster:filebeat-*", "ecs"),
        ("filebeat-*", "ecs"),
    ],
)
def test_a_name_tells_spans_and_opentelemetrys_logs_from_log_lines(index: str, kind: str) -> None:
    """Spans read as log lines would be an all-clear that nobody gave."""
    assert Source.by_name(index) == Source(index, kind)  # type: ignore[arg-type]
