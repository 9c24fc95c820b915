"""The dead letters of a data folder, and the targets that there are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from correlator.cli.exits import CommandFailed, ExitCode

if TYPE_CHECKING:
    from correlator.settings import Settings
    from exporters.delivery import DeadLetters, LetterGroup


@dataclass(frozen=True, slots=True)
class Kept:
    """`letters` is None where none were ever kept; `configured` are the targets that the settings name."""

    letters: "DeadLetters | None"
    configured: tuple[str, ...]

    def groups(self, ids: Collection[int] | None, target: str | None) -> "tuple[LetterGroup, ...]":
        """What there is of those; all where `ids` is None."""
        return self.letters.groups(ids, target) if self.letters is not None else ()

    def configured_of(self, groups: "Iterable[LetterGroup]") -> list[str]:
        """Those of the configured that have letters among these."""
        return sorted({each.target for each in groups} & {*self.configured})


def open_kept(config: Path | None, data_dir: Path | None, target: str | None) -> Kept:
    """Raises CommandFailed where there is no data folder, or no target of that name: a wrong name is not an empty answer; and
    where the settings have a store that nothing is delivered from, unless a folder is named."""
    from correlator.settings import load_settings

    settings = load_settings(config, {"data_dir": data_dir} if data_dir is not None else {})
    if data_dir is None and settings.store.kind != "segments":
        raise CommandFailed(
            f"store.kind is {settings.store.kind}: nothing is delivered from that store, so it has no dead letters; "
            "name the data folder of an engine that keeps its own with --data-dir DIR",
            ExitCode.WRONG_USE,
        )
    kept = Kept(_letters(settings.data_dir), _configured(settings))
    if target is not None and target not in kept.configured:
        known = sorted({*kept.configured, *(group.target for group in kept.groups(None, None))})
        if target not in known:
            there = f"there are {', '.join(known)}" if known else "there is none"
            raise CommandFailed(
                f"no target {target!r}: {there}; those of an engine are in its settings (--config FILE)",
                ExitCode.WRONG_USE,
            )
    return kept


def _letters(folder: Path) -> "DeadLetters | None":
    from exporters.delivery import DeadLetters
    from exporters.delivery.dead_letters import FILE

    if not folder.is_dir():
        raise CommandFailed(f"no data folder {str(folder)!r}; name it with --data-dir DIR", ExitCode.CANNOT_REACH)
    return DeadLetters(folder) if (folder / FILE).exists() else None


def _configured(settings: "Settings") -> tuple[str, ...]:
    from exporters.elasticsearch.target_names import CONCLUSIONS, RECORDS

    exported = (RECORDS, CONCLUSIONS) if settings.elasticsearch.export.enabled else ()
    return (*(each.name for each in settings.forward.targets), *exported)
