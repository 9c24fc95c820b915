"""Folders of rules, kept current: a change is taken as a whole or not at all.

A file that is being written is not read: files are looked at again and again, and read once they were the same twice. All
files are read, checked and tested together, and one mistake in any of them leaves the rules as they were. Whoever changes
several files and takes longer over it than `interval_s` writes them elsewhere and renames the folder, as Kubernetes does.

A rule with the id of a shipped one takes its place.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

import structlog

from correlator.explain.pattern.document import Document, WrittenRule, duplicates, read_document
from correlator.explain.pattern.rule_tests import failures_of
from correlator.pipeline.rules.files import files_in, shipped_rules, text_of, unreadable
from correlator.rule_text.mistake import Mistake
from correlator.telemetry.metrics import EngineMetrics

log = structlog.get_logger()

RULES: Final = 500
"""At most in all: each is held against every failing story."""
LOGGED: Final = 10
"""Mistakes that one log line names."""

State = tuple[tuple[str, int, int, int], ...]
"""Path, inode, time of change and size of each file: equal as long as nobody has written."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules in force, and since when."""

    rules: tuple[WrittenRule, ...] = ()
    loaded_at_unix_nano: int = 0


@dataclass(frozen=True, slots=True)
class ReloadFailure:
    """Why the files as they are now are not in force, and when that was found."""

    mistakes: tuple[Mistake, ...]
    at_unix_nano: int


def shipped_folder() -> Path:
    """The ready-made patterns."""
    return shipped_rules("patterns")


def read_files(paths: Iterable[Path]) -> tuple[list[WrittenRule], list[Mistake]]:
    """The rules of these files and folders, and every mistake, failed tests among them."""
    rules: list[WrittenRule] = []
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            for file in files_in(path):
                document = _document(file)
                rules += document.rules
                mistakes += document.mistakes
        except OSError as error:
            mistakes.append(unreadable(error, path))
    mistakes += duplicates(rules)
    if len(rules) > RULES:
        mistakes.append(Mistake(rules[RULES].file, rules[RULES].line, f"{len(rules)} rules; at most {RULES} are kept"))
    return rules, mistakes


class PatternFiles:
    """The rules of some folders. `look` from one thread; `current` and `failure` from any."""

    def __init__(
        self,
        folders: Sequence[Path],
        metrics: EngineMetrics,
        *,
        with_shipped: bool = True,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self._folders = tuple(folders)
        self._with_shipped = with_shipped
        self._metrics = metrics
        self._clock = clock_unix_nano
        self._tried = self._seen = _state_of(self._paths)
        self.current = RuleSet()
        self.failure: ReloadFailure | None = None
        if self._paths and not self._load() and with_shipped:  # better the ready-made rules than none
            self.current = RuleSet(tuple(read_files([shipped_folder()])[0]), self._clock())

    @property
    def _paths(self) -> tuple[Path, ...]:
        return (*((shipped_folder(),) if self._with_shipped else ()), *self._folders)

    def run(self, stop: Event, interval_s: float) -> None:
        """Look until `stop` is set."""
        while not stop.wait(interval_s):
            try:
                self.look()
            except Exception:
                log.exception("patterns_not_looked_at")

    def look(self) -> None:
        """Load the files if they differ from what was tried last, and have not changed since the look before."""
        state = _state_of(self._paths)
        is_still, self._seen = state == self._seen, state
        if is_still and state != self._tried:
            self._tried = state
            self._load()

    def describe(self) -> str:
        """The state in a few words, for /readyz."""
        loaded = f"{len(self.current.rules)} rules"
        if self.failure is None:
            return loaded
        return f"{loaded}; the files as they are now were not taken: {self.failure.mistakes[0]}"

    def _load(self) -> bool:
        """Put the files' rules in force if there is no mistake in them and nobody wrote meanwhile."""
        rules, mistakes = self._read()
        if _state_of(self._paths) != self._tried:
            self._tried = ()  # half of a change may have been read: look again
            return False
        if mistakes:
            self.failure = ReloadFailure(tuple(mistakes), self._clock())
            self._metrics.rule_reload_failures.inc()
            log.error("patterns_not_loaded", mistakes=[str(each) for each in mistakes[:LOGGED]], count=len(mistakes))
            return False
        self.current, self.failure = RuleSet(tuple(rules), self._clock()), None
        log.info("patterns_loaded", count=len(rules))
        return True

    def _read(self) -> tuple[list[WrittenRule], list[Mistake]]:
        rules, mistakes = read_files(self._folders)
        own = {each.rule.rule_id for each in rules}
        shipped, wrong = read_files([shipped_folder()] if self._with_shipped else [])
        every = [*(each for each in shipped if each.rule.rule_id not in own), *rules]
        return every, [*wrong, *mistakes, *(failure for each in every for failure in failures_of(each))]


def _document(file: Path) -> Document:
    text = text_of(file)
    return Document((), (text,)) if isinstance(text, Mistake) else read_document(text, str(file))


def _state_of(paths: Iterable[Path]) -> State:
    return tuple(sorted(_file_states(paths)))


def _file_states(paths: Iterable[Path]) -> Iterator[tuple[str, int, int, int]]:
    for path in paths:
        try:
            for file in files_in(path):
                status = file.stat()
                yield str(file), status.st_ino, max(status.st_mtime_ns, status.st_ctime_ns), status.st_size
        except OSError as error:
            yield str(path), -1, error.errno or 0, 0
