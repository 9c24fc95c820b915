"""The services are a model of how to instrument one's own: nothing but correlator.telemetry and OpenTelemetry's API."""

import ast
from pathlib import Path

import pytest

import correlator.demo

ROOM = Path(correlator.demo.__file__).parent
SERVICES = sorted(path for part in ("bridge", "worker", "jobs") for path in (ROOM / part).glob("*.py"))
FOREIGN = ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.instrumentation", "structlog", "prometheus")
INSIDE = "correlator.telemetry."


def imported(path: Path) -> set[str]:
    """Full names of what a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_service_is_instrumented_by_public_names_only(path: Path) -> None:
    """As any bridge or worker could be."""
    names = imported(path)
    assert not {name for name in names if name.startswith(FOREIGN)}
    assert not {name for name in names if name.startswith(INSIDE) and name.count(".") > 2}
