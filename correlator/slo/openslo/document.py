"""OpenSLO files to objectives. Documents may name each other across files; each mistake stands in the file where it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

from correlator.model.objective import Budgeting, Objective, Window
from correlator.rule_text.mistake import Mistake, Written, duplicates
from correlator.rule_text.yaml_fields import Fields, boolean, documents, one_of, words
from correlator.slo.openslo.alert_policies import windows_in
from correlator.slo.openslo.annotations import Gates, gates_in
from correlator.slo.openslo.header import SLO, Header, header_of
from correlator.slo.openslo.indicator import Indicator, IndicatorReader
from correlator.slo.openslo.parts import Part, Parts
from correlator.slo.openslo.promise import PROMISE_KEYS, problems_of, slices_in, target_in, with_threshold
from correlator.slo.openslo.scalars import days, service_name
from correlator.slo.windows import standard_windows

SPEC_KEYS: Final = (
    "service", "description", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives", "alertPolicies",
)  # fmt: skip
PERIOD_DAYS: Final = 30
"""Where no timeWindow is given: the workbook's."""
_DESCRIPTION: Final = 1_050  # characters, OpenSLO's own bound
_TITLE: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file's text, and what messages call the file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class WrittenObjective:
    """An objective, and where it is written."""

    objective: Objective
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """What files hold. Objectives with a mistake are left out."""

    objectives: tuple[WrittenObjective, ...]
    mistakes: tuple[Mistake, ...]


def read_objectives(files: Sequence[RuleFile], retention_s: int | None = None) -> Document:
    """The objectives of these files and every mistake in them, by file and line.

    `retention_s` is how long records are kept; None is for ever.
    """
    mistakes: list[Mistake] = []
    headers = [header for file in files for header in _headers(file, mistakes)]
    parts = _parts(headers)
    objectives: list[WrittenObjective] = []
    for header in headers:
        written = list(_SloReader(header, parts).read(retention_s)) if header.kind == SLO else []
        objectives += written if not header.mistakes else []
        mistakes += header.mistakes
    mistakes += duplicates(Written(each.objective.id, each.file, each.line) for each in objectives)
    return Document(tuple(objectives), tuple(_ordered(mistakes, files)))


def _headers(file: RuleFile, mistakes: list[Mistake]) -> Iterator[Header]:
    """Of the documents that have one; what is wrong with the others is noted."""
    nodes = documents(file.text, file.name, mistakes)
    if not nodes and all(each.file != file.name for each in mistakes):
        mistakes.append(Mistake(file.name, 1, "no objective is in this file; write one, or delete it"))
    for node in nodes:
        of_document: list[Mistake] = []
        header = header_of(node, file.name, of_document)
        if header is None:
            mistakes += of_document
        else:
            yield header


def _ordered(mistakes: list[Mistake], files: Sequence[RuleFile]) -> list[Mistake]:
    """By file as given, then line; what was noted twice, once."""
    place = {file.name: number for number, file in enumerate(files)}
    return sorted(dict.fromkeys(mistakes), key=lambda each: (place[each.file], each.line, each.message))


def _parts(headers: Sequence[Header]) -> Parts:
    by_kind: dict[str, dict[str, Part]] = {}
    for header in headers:
        by_kind.setdefault(header.kind, {}).setdefault(header.name, Part(header.spec, header.file))
    return Parts(by_kind)


class _SloReader:
    """Reads one SLO; each of its `objectives` is one."""

    def __init__(self, header: Header, parts: Parts) -> None:
        self._header = header
        self._mistakes = mistakes = header.mistakes
        self._parts = parts
        self._spec = Fields(header.spec, "'spec'", SPEC_KEYS, header.file, mistakes)
        self._indicators = IndicatorReader(parts, mistakes)

    def read(self, retention_s: int | None) -> Iterator[WrittenObjective]:
        """What the SLO promises. Good only where no mistake was noted."""
        spec, header = self._spec, self._header
        service = spec.required("service", service_name)
        method = spec.required("budgetingMethod", one_of(get_args(Budgeting), "budgetingMethod"))
        description = spec.optional("description", words(_DESCRIPTION)) or ""
        period = _period_days(spec)
        windows = windows_in(spec, self._parts, self._mistakes)
        gates = gates_in(self._header.metadata)
        shared = self._indicators.read(spec)
        promises = list(spec.each("objectives", "an objective", PROMISE_KEYS))
        if not promises and ("objectives" in spec or spec.lacks("objectives")):
            spec.wrong("the SLO has no objectives; give at least one, with a target", "objectives")
        if service is None or method is None or period is None:
            return
        for number, fields in enumerate(promises):
            name = header.name if len(promises) == 1 else f"{header.name}-{number}"
            plain = _Frame(service, name, cast(Budgeting, method), period, description, windows, gates)
            objective = self._promised(fields, plain, shared)
            if objective is not None:
                for problem in problems_of(objective, retention_s):
                    fields.wrong(problem.message, problem.key)
                yield WrittenObjective(objective, header.file, fields.line if len(promises) > 1 else header.line)

    def _promised(self, fields: Fields, frame: "_Frame", shared: Indicator | None) -> Objective | None:
        own = self._indicators.read(fields) if "indicator" in fields or "indicatorRef" in fields else shared
        promised = target_in(fields)
        slices = slices_in(fields, frame.budgeting)
        title = fields.optional("displayName", words(_TITLE)) or self._header.title
        if own is None:
            if all(each.lacks(key) for each in (self._spec, fields) for key in ("indicator", "indicatorRef")):
                self._spec.wrong("the SLO has no indicator; say what it measures")
            return None
        indicator = with_threshold(fields, own)
        if promised is None or indicator is None or (slices is None and frame.budgeting != "Occurrences"):
            return None
        windows = standard_windows(frame.period_days) if frame.windows is None else frame.windows
        return Objective(
            id=f"{frame.service}-{frame.name}",
            service=frame.service,
            name=frame.name,
            title=title,
            kind=indicator.kind,
            target=promised,
            period_days=frame.period_days,
            source=indicator.source,
            windows=windows,
            page_gate=frame.gates.page,
            ticket_gate=frame.gates.ticket,
            budgeting=frame.budgeting,
            slices=slices,
            description=frame.description,
            labels=self._header.labels,
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all objectives of one SLO share."""

    service: str
    name: str
    budgeting: Budgeting
    period_days: int
    description: str
    windows: tuple[Window, ...] | None
    gates: Gates


def _period_days(spec: Fields) -> int | None:
    """Of the one timeWindow; None where it is wrong."""
    if "timeWindow" not in spec:
        return PERIOD_DAYS
    windows = list(spec.each("timeWindow", "a time window", ("duration", "isRolling", "calendar")))
    if len(windows) != 1:
        spec.wrong("timeWindow needs exactly one entry", "timeWindow")
        return None
    (window,) = windows
    if "calendar" in window or window.optional("isRolling", boolean) is False:
        window.wrong("only rolling windows are kept; leave out calendar, and write isRolling: true")
    return window.required("duration", days)
