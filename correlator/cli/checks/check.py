"""The result of one check."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """ok: nothing to do. warn: works, and might not for long. fail: the engine, or a server that the settings
    name, cannot work like this."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """What one check saw; `remedy` says what to do, and is empty where all is well."""

    name: str
    verdict: Verdict
    seen: str
    remedy: str = ""
