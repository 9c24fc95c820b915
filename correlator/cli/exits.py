"""Exit codes, and which of them an error means."""

import re
from enum import IntEnum
from typing import Final

from correlator.errors import CorrelatorError, InvalidInput, SettingsError, StoreError, Unavailable

_STEERING: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


class ExitCode(IntEnum):
    """DESIGN's promise: scripts rely on it."""

    DONE = 0
    FOUND_PROBLEM = 1
    WRONG_USE = 2
    CANNOT_REACH = 3


class CommandFailed(CorrelatorError):
    """A command ends here: the message says what is wrong and what to do."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code


def code_of(error: CorrelatorError) -> ExitCode:
    """The exit code that an error means."""
    if isinstance(error, CommandFailed):
        return error.code
    if isinstance(error, SettingsError | InvalidInput | StoreError):
        return ExitCode.WRONG_USE
    if isinstance(error, Unavailable):
        return ExitCode.CANNOT_REACH
    return ExitCode.FOUND_PROBLEM


def told(error: CorrelatorError) -> str:
    """What a user reads of it. It may quote what a server answered, which must not steer the terminal; lines stay."""
    return f"correlator: {_STEERING.sub(' ', str(error))}"
