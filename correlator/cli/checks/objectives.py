"""The objectives of the settings: a mistake in one ends the engine's start."""

from typing import TYPE_CHECKING

from correlator.cli.checks.check import Check, Verdict
from correlator.errors import SettingsError
from correlator.pipeline.slo.written import written_objectives

if TYPE_CHECKING:
    from correlator.settings import Settings

NAME = "objectives"


def check_objectives(settings: "Settings") -> Check:
    """Whether they can be read, and how many they are, those for each workflow counted once."""
    given = settings.slo
    try:
        written = written_objectives(given.folders, settings.records_kept_s, with_shipped=given.shipped)
    except SettingsError as error:
        return Check(NAME, Verdict.FAIL, str(error), "correct it, and run doctor again")
    own = ", ".join(map(str, given.folders))
    return Check(NAME, Verdict.OK, f"{len(written)} in force" + (f", with those of {own}" if own else ""))
