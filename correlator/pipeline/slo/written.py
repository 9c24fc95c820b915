"""The objectives that an engine keeps: the ready-made ones, and those of the settings' folders."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import structlog

from correlator.errors import SettingsError
from correlator.model.objective import Objective
from correlator.pipeline.rules.files import shipped_rules
from correlator.pipeline.rules.objective_files import read_objective_files
from correlator.rule_text.mistake import Mistake

log = structlog.get_logger()

NAMED: Final = 10
"""Mistakes that one message names."""


def shipped_objectives_folder() -> Path:
    """The ready-made objectives."""
    return shipped_rules("slo")


def written_objectives(
    folders: Iterable[Path], retention_s: int | None, *, with_shipped: bool = True
) -> tuple[Objective, ...]:
    """The objectives of the folders, and the ready-made ones whose ids they leave, by id. `retention_s` None is for ever.

    Raises SettingsError where a folder cannot be read or has a mistake, with file, line and remedy of each. A ready-made one
    whose period is longer than records are kept is left out, and logged.
    """
    own = read_objective_files(folders, retention_s)
    if own.mistakes:
        raise SettingsError(_refusal(own.mistakes))
    found = {each.id: each for each in _shipped(retention_s)} if with_shipped else {}
    found |= {written.objective.id: written.objective for written in own.objectives}
    return tuple(found[each] for each in sorted(found))


def _shipped(retention_s: int | None) -> Iterator[Objective]:
    document = read_objective_files([shipped_objectives_folder()], None)
    if document.mistakes:
        raise SettingsError(_refusal(document.mistakes))
    for written in document.objectives:
        objective = written.objective
        if retention_s is None or objective.period_s <= retention_s:
            yield objective
        else:
            log.warning("objective_left_out", objective=objective.id, period_s=objective.period_s, kept_s=retention_s)


def _refusal(mistakes: Sequence[Mistake]) -> str:
    more = [f"and {len(mistakes) - NAMED} more"] if len(mistakes) > NAMED else []
    named = "; ".join([*map(str, mistakes[:NAMED]), *more])
    return f"slo.folders cannot be read as objectives: {named}; `correlator rules check FOLDER` checks them"
