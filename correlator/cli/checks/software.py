"""Python, and the libraries that the engine needs."""

import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from correlator.cli.checks.check import Check, Verdict

OLDEST_PYTHON: Final = (3, 11)  # pyproject's requires-python
NEEDED: Final = re.compile(r"([A-Za-z0-9._-]+)[^;]*(?:;.*extra == ['\"]engine['\"])?$")
SHOWN: Final = ("pyarrow", "duckdb", "fastapi", "grpcio")


def check_python() -> Check:
    """Whether this Python is new enough."""
    seen = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return Check("python", Verdict.OK, seen)
    return Check("python", Verdict.FAIL, seen, "install Python 3.11 or newer")


def check_libraries() -> Check:
    """Whether everything of the extra `engine` is installed."""
    missing = sorted(name for name in _engine_requirements() if _version(name) is None)
    if missing:
        return Check("libraries", Verdict.FAIL, f"not installed: {', '.join(missing)}", installed_by("engine"))
    return Check("libraries", Verdict.OK, ", ".join(f"{name} {_version(name)}" for name in SHOWN))


def installed_by(extra: str) -> str:
    """What to do where the libraries of an extra are not there."""
    return f"pip install '.[{extra}]' in a clone of correlator"


def _engine_requirements() -> list[str]:
    """Names of what correlator itself and its extra `engine` require, on this platform."""
    try:
        declared = requires("correlator") or []
    except PackageNotFoundError:  # run from a source tree that is not installed
        return list(SHOWN)
    wanted = [line for line in declared if "platform_system" not in line]
    return [match[1] for line in wanted if (match := NEEDED.fullmatch(line)) and not match[1].startswith("correlator")]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
