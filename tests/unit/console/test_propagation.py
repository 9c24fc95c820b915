"""How often trace context arrives, as text."""

from correlator.console import propagation_view
from correlator.model.propagation import Advice, HopCoverage, Propagation
from tests.unit.console.printed import printed


def test_propagation_fits_80_columns_and_names_what_mends_it() -> None:
    """A hop without a call has no share."""
    advice = Advice("n8n", "N8N_OTEL_TRACES_INJECT_OUTBOUND=true", "4 requests came without traceparent")
    hops = (
        HopCoverage("n8n_to_bridge", 100, 88, {"execution_id": 8, "payload": 1}, (advice,)),
        HopCoverage("worker_to_callback", 0, 0),
    )
    text = printed(propagation_view(Propagation(0, 900 * 10**9, 4200, True, hops)))
    assert "1970-01-01 00:00:00Z to 1970-01-01 00:15:00Z: 4200 spans, a sample of more" in text
    assert "88%" in text
    assert "8 execution_id, 1 payload" in text
    assert "N8N_OTEL_TRACES_INJECT_OUTBOUND=true (n8n)" in text
    assert max(map(len, text.splitlines())) <= 80
