"""The order of files: those with a slow test first, so that no worker of xdist begins a long file when the others have ended."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Within the two groups the order stays."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
