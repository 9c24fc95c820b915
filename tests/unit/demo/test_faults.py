"""Which fault is asked for."""

import pytest

from correlator.demo.faults import FAULT_VARIABLE, FAULTS, read_fault
from correlator.errors import InvalidInput


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_header_names_the_fault(fault: str) -> None:
    """Every one."""
    assert read_fault({"x-demo-fault": fault}) == fault


def test_environment_counts_where_no_header_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The header wins."""
    monkeypatch.setenv(FAULT_VARIABLE, "slow_worker")
    assert read_fault({}) == "slow_worker"
    assert read_fault({"x-demo-fault": "poison_job"}) == "poison_job"


def test_unknown_fault_is_refused_with_the_known_ones() -> None:
    """A typing error must not pass as health."""
    with pytest.raises(InvalidInput, match=r"fault 'sloww' is unknown; choose one of bad_gateway, "):
        read_fault({"x-demo-fault": "sloww"})
