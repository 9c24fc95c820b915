"""How bad an incident is, by whom it hit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.explain.pattern.rule import SEVERITIES
from correlator.incidents.severity import CRITICAL_FAILURES, severity_of


@pytest.mark.parametrize(
    ("failures", "services", "workflows", "has_traces", "severity"),
    [
        (3, ["worker"], [], False, "info"),
        (1, ["worker"], [], True, "warning"),
        (1, ["worker", "bridge"], [], True, "error"),
        (1, ["worker"], ["invoices"], True, "error"),
        (2, ["worker"], ["invoices", "orders"], True, "critical"),
        (CRITICAL_FAILURES, ["worker"], [], True, "critical"),
    ],
)
def test_severity(failures, services, workflows, has_traces, severity):
    """The rule, a line each."""
    assert severity_of(failures, services, workflows, has_traces=has_traces) == severity


@given(
    st.integers(1, 200), st.integers(0, 9), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)
)
def test_more_harm_is_never_less_severe(failures, more, services, more_services, workflows, more_workflows):
    """Monotone in all it looks at."""
    before = severity_of(failures, "s" * services, "w" * workflows, has_traces=True)
    after = severity_of(
        failures + more, "s" * (services + more_services), "w" * (workflows + more_workflows), has_traces=True
    )
    assert SEVERITIES.index(before) <= SEVERITIES.index(after)
