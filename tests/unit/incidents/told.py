"""Failures in few words, and the stories in tests/scenarios/incidents (its README has the format)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from correlator.incidents.lifecycle import CauseHistory, Rules, advance
from correlator.model.finding import Candidate, Finding
from correlator.model.incident import FailureSighting, Incident

FOLDER = Path(__file__).parents[2] / "scenarios" / "incidents"
S = 1_000_000_000
RULES_LINE = re.compile(r"threshold (\d+) in (\d+) s, quiet (\d+) s")
FAILURE_LINE = re.compile(r"(?P<at>\d+) (?P<cause>\w+)(?: (?!in )(?P<trace>\w+))?(?: in (?P<workflow>\w+))?")


def sighting(
    at_s: float, cause: str, trace: str, workflow: str | None = None, confidence: float = 0.9
) -> FailureSighting:
    """A trace that failed at that second, by that cause, in one service."""
    candidate = Candidate("worker", cause, "worker", "exception", 3 + confidence, confidence, cause, "Error", cause)
    return FailureSighting(
        trace_id=trace,
        time_unix_nano=int(at_s * S),
        finding=Finding(f"worker failed first: {cause} in {trace}.", False, (candidate,), trace_ids=(trace,)),
        services=("worker",),
        systems=("worker",),
        workflows=(workflow,) if workflow else (),
        cause_fingerprint=cause,
    )


@dataclass
class Story:
    """Tells one scenario line by line, each turn a commit."""

    rules: Rules

    def __post_init__(self) -> None:
        self._histories: dict[str, CauseHistory] = {}
        self._seen: list[FailureSighting] = []
        self._unnamed = 0

    def fail(self, line: str) -> None:
        match = FAILURE_LINE.fullmatch(line)
        assert match is not None, f"{line!r} is no failure; tests/scenarios/incidents/README.md has the format"
        self._unnamed += 1
        trace = match["trace"] or f"trace{self._unnamed}"
        self._seen.append(sighting(int(match["at"]), match["cause"], trace, match["workflow"]))

    def turn(self, now_s: int) -> None:
        for cause in {*self._histories, *(each.cause_fingerprint for each in self._seen)}:
            history = self._histories.get(cause, CauseHistory(cause))
            seen = [each for each in self._seen if each.cause_fingerprint == cause]
            self._histories[cause] = advance(history, seen, now_s * S, self.rules)
        self._seen = []

    def incidents(self) -> list[str]:
        """All incidents by cause and ordinal, in words."""
        return [
            in_words(incident) for cause in sorted(self._histories) for incident in self._histories[cause].incidents
        ]


def in_words(incident: Incident) -> str:
    first, last = incident.opened_at_unix_nano // S, incident.last_seen_unix_nano // S
    state = incident.state
    if incident.resolved_at_unix_nano is not None:
        state += f" {incident.resolved_at_unix_nano // S}"
    after = f" after {incident.previous}" if incident.previous else ""
    return f"{incident.key} {state} {first}..{last} {incident.failures} failures {incident.severity}{after}"


def tell(name: str) -> Iterator[tuple[list[str], list[str]]]:
    """(incidents as they are, as they should be) at each place where the scenario says so."""
    first, *lines = (FOLDER / f"{name}.txt").read_text().splitlines()
    threshold, window_s, quiet_s = (int(number) for number in RULES_LINE.fullmatch(first).groups())  # type: ignore[union-attr]
    story, expected = Story(Rules(threshold, window_s, quiet_s)), []
    for line in [*(line for line in lines if line and not line.startswith("#")), "turn 0"]:
        if line.startswith("=> "):
            expected.append(line.removeprefix("=> "))
            continue
        if expected:
            yield story.incidents() or ["none"], expected
            expected = []
        if line.startswith("turn "):
            story.turn(int(line.removeprefix("turn ")))
        else:
            story.fail(line)


def scenario_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.txt"))
