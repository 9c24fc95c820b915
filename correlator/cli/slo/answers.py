"""What the API says of objectives, as far as the command line shows it. What is not known is None."""

from dataclasses import dataclass

from correlator.model.objective import Severity


@dataclass(frozen=True, slots=True)
class SloAnswer:
    """One line of the list."""

    id: str
    title: str
    target: float
    period_days: int
    verdict: str
    reason: str
    attained: float | None
    coverage: float
    error_budget_remaining: float | None
    exhausted_in_s: float | None
    calls: Severity | None


@dataclass(frozen=True, slots=True)
class SloList:
    """One page."""

    slos: tuple[SloAnswer, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class WindowAnswer:
    """One window."""

    window_s: int
    burn_rate: float | None
    events: float
    failures: float
    coverage: float


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """One pair of windows that calls someone."""

    severity: Severity
    factor: float
    long_window_s: int
    long_burn_rate: float | None
    short_window_s: int
    short_burn_rate: float | None
    is_on: bool
    is_frozen: bool
    since_unix_nano: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class BurnRatesAnswer:
    """Every window of one objective."""

    id: str
    at_unix_nano: int
    calls: Severity | None
    windows: tuple[WindowAnswer, ...]
    alerts: tuple[AlertAnswer, ...]


@dataclass(frozen=True, slots=True)
class BudgetAnswer:
    """The error budget of one objective."""

    id: str
    title: str
    target: float
    period_days: int
    verdict: str
    reason: str
    attained: float | None
    coverage: float
    events: float
    failures: float
    allowed_failures: float
    error_budget_remaining: float | None
    exhausted_in_s: float | None
    pace: float | None
