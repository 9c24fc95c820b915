"""A document of kind SLO: each of its `objectives` is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast, get_args

from correlator.model.objective import Budgeting, Objective, Window
from correlator.rule_text.yaml_fields import Fields, boolean, one_of, words
from correlator.slo.openslo.alert_policies import windows_in
from correlator.slo.openslo.annotations import Gates, gates_in
from correlator.slo.openslo.header import TITLE, Header
from correlator.slo.openslo.indicator import Indicator, IndicatorReader
from correlator.slo.openslo.parts import Parts
from correlator.slo.openslo.promise import PROMISE_KEYS, problems_of, slices_in, target_in, with_threshold
from correlator.slo.openslo.scalars import days, service_name
from correlator.slo.windows import standard_windows

SPEC_KEYS: Final = (
    "service", "description", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives", "alertPolicies",
)  # fmt: skip
PERIOD_DAYS: Final = 30
"""Where no timeWindow is given: the workbook's."""
_DESCRIPTION: Final = 1_050  # characters, OpenSLO's own bound


@dataclass(frozen=True, slots=True)
class WrittenObjective:
    """An objective, and where it is written."""

    objective: Objective
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all objectives of one SLO share. Windows are None where the workbook's hold."""

    service: str
    budgeting: Budgeting
    period_days: int
    description: str
    windows: tuple[Window, ...] | None
    gates: Gates


class SloReader:
    """Reads one SLO. What it gives is good only if its header has no mistakes afterwards."""

    def __init__(self, header: Header, parts: Parts) -> None:
        self._header = header
        self._parts = parts
        self._spec = Fields(header.spec, "'spec'", SPEC_KEYS, header.file, header.mistakes)
        self._indicators = IndicatorReader(parts, header.mistakes)

    def read(self, retention_s: int | None) -> Iterator[WrittenObjective]:
        """What the SLO promises; several objectives are numbered from 0."""
        frame = self._frame()
        shared = self._indicators.read(self._spec)
        promises = self._promises()
        for number, fields in enumerate(promises):
            is_only = len(promises) == 1
            name = self._header.name if is_only else f"{self._header.name}-{number}"
            objective = None if frame is None else self._objective(fields, frame, name, shared)
            if objective is not None:
                for problem in problems_of(objective, retention_s):
                    fields.wrong(problem.message, problem.key)
                yield WrittenObjective(objective, self._header.file, self._header.line if is_only else fields.line)

    def _frame(self) -> _Frame | None:
        spec = self._spec
        service = spec.required("service", service_name)
        method = spec.required("budgetingMethod", one_of(get_args(Budgeting), "budgetingMethod"))
        description = spec.optional("description", words(_DESCRIPTION)) or ""
        period = _period_days(spec)
        windows = windows_in(spec, self._parts, self._header.mistakes)
        gates = gates_in(self._header.metadata)
        if service is None or method is None or period is None:
            return None
        return _Frame(service, cast(Budgeting, method), period, description, windows, gates)

    def _promises(self) -> list[Fields]:
        promises = list(self._spec.each("objectives", "an objective", PROMISE_KEYS))
        if not promises and ("objectives" in self._spec or self._spec.lacks("objectives")):
            self._spec.wrong("the SLO has no objectives; give at least one, with a target", "objectives")
        return promises

    def _objective(self, fields: Fields, frame: _Frame, name: str, shared: Indicator | None) -> Objective | None:
        promised = target_in(fields)
        slices = slices_in(fields, frame.budgeting)
        title = fields.optional("displayName", words(TITLE)) or self._header.title
        indicator = self._indicator(fields, shared)
        if promised is None or indicator is None or (slices is None and frame.budgeting != "Occurrences"):
            return None
        return Objective(
            id=f"{frame.service}-{name}",
            service=frame.service,
            name=name,
            title=title,
            kind=indicator.kind,
            target=promised,
            period_days=frame.period_days,
            source=indicator.source,
            windows=standard_windows(frame.period_days) if frame.windows is None else frame.windows,
            page_gate=frame.gates.page,
            ticket_gate=frame.gates.ticket,
            budgeting=frame.budgeting,
            slices=slices,
            description=frame.description,
            labels=self._header.labels,
        )

    def _indicator(self, fields: Fields, shared: Indicator | None) -> Indicator | None:
        """The entry's own, or that of the SLO, with the entry's threshold."""
        is_own = "indicator" in fields or "indicatorRef" in fields
        indicator = self._indicators.read(fields) if is_own else shared
        if indicator is not None:
            return with_threshold(fields, indicator)
        if all(each.lacks(key) for each in (self._spec, fields) for key in ("indicator", "indicatorRef")):
            self._spec.wrong("the SLO has no indicator; say what it measures")
        return None


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
