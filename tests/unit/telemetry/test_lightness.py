"""A bridge pays for OpenTelemetry and structlog, and for nothing of the engine."""

import subprocess
import sys

HEAVY = ("duckdb", "pyarrow", "numpy", "pydantic", "msgspec", "fastapi", "starlette", "grpc", "prometheus_client")
ENGINE_ROOMS = ("correlator.model", "correlator.store", "correlator.doors", "correlator.settings")


def test_importing_telemetry_brings_in_nothing_heavy() -> None:
    """By what a fresh interpreter has loaded."""
    program = f"import sys, correlator.telemetry; print([m for m in {HEAVY + ENGINE_ROOMS} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=120)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")
