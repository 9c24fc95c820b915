"""Durations, sizes and addresses as people write them."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from correlator.loopback import is_loopback_host

SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
BYTES: Final = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
LARGEST: Final = {"s": 9e9, "B": 9e18}
"""Seconds, of which int64 nanoseconds hold 292 years, and bytes: what times and sizes are reckoned in."""
BYTES_BINARY: Final = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def _with_unit(value: Any, units: Mapping[str, float], base: str, example: str) -> float:
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", value) if isinstance(value, str) else None
    if match is None or match[2] not in units:
        raise ValueError(f"needs a number with a unit of {', '.join(units)}, for example {example}")
    number = float(match[1]) * units[match[2]]
    if number > LARGEST[base]:
        raise ValueError(f"is more than {LARGEST[base]:.0f}{base}; give less, for example {example}")
    return number


def parse_duration_s(value: Any) -> float:
    """Seconds of `30s`, `5m`, `12h`, `7d` or `250ms`. Raises ValueError otherwise."""
    return _with_unit(value, SECONDS, "s", "30s")


def parse_bytes(value: Any) -> int:
    """Bytes of `64MiB`, `2GB` and the like. Raises ValueError otherwise."""
    return int(_with_unit(value, BYTES | BYTES_BINARY, "B", "64MiB"))


def _address(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise ValueError("needs host:port, for example 127.0.0.1:4318 (port 0 picks a free one)")
    return value


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach `host:port`."""
    return is_loopback_host(address.rpartition(":")[0].strip("[]"))


Duration = Annotated[float, BeforeValidator(parse_duration_s)]
Bytes = Annotated[int, BeforeValidator(parse_bytes)]
Address = Annotated[str, AfterValidator(_address)]


class Section(BaseModel):
    """A frozen part of the tree; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
