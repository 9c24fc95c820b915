"""What readiness asks."""

from correlator.serve import Health, State


def test_a_check_that_raises_counts_as_down() -> None:
    """And tells the error's type only: its text could hold a secret."""

    def broken() -> State:
        raise OSError("password=hunter2")

    assert Health({"store": broken}).states() == {"store": State(False, "OSError")}


def test_states_keep_their_order() -> None:
    """So that output is stable."""
    checks = {name: lambda: State(True) for name in ("watch", "store", "doors")}
    assert list(Health(checks).states()) == ["watch", "store", "doors"]
