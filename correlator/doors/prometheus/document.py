"""Answers of Prometheus's HTTP API: JSON to samples. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

END_S: Final = 253_402_300_800
"""The year 10,000, in unix seconds. No sample is of later."""
Labels = tuple[tuple[str, str], ...]
"""Of one series, by name, with `__name__`: what tells it from others."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples of one series, by time, each time once. Times are unix milliseconds; values are numbers, +-Inf or NaN."""

    labels: Labels
    times_ms: npt.NDArray[np.int64]  # (samples,)
    values: npt.NDArray[np.float64]  # (samples,)


@dataclass(frozen=True, slots=True)
class Answer:
    """The series of a query, in no particular order, and what Prometheus remarked."""

    series: tuple[Samples, ...]
    warnings: tuple[str, ...] = ()


class NotAnAnswer(ValueError):
    """A document that no Prometheus sends; the message says what is wrong, and quotes nothing of it."""


def samples_of(labels: Labels, times_s: Sequence[float], values: Sequence[float]) -> Samples:
    """A series of plain numbers."""
    times_ms = np.round(np.asarray(times_s, dtype=np.float64) * 1_000).astype(np.int64)
    return Samples(labels, times_ms, np.asarray(values, dtype=np.float64))


def read_answer(body: bytes) -> Answer:
    """The matrix that a range was answered with. Raises NotAnAnswer."""
    document = _document(body)
    if document.status != "success" or document.data is None:
        raise NotAnAnswer("the answer has no data")
    if document.data.resultType != "matrix":
        raise NotAnAnswer("the query gives no series; give a query of an instant vector")
    return Answer(tuple(_series(each) for each in document.data.result), (*document.warnings, *document.infos))


def read_error(body: bytes) -> str:
    """What Prometheus says is wrong with a query, on one line, at most 300 characters; empty where the body says nothing."""
    try:
        return " ".join(_document(body).error.split())[:300]
    except NotAnAnswer:
        return ""


class _Result(msgspec.Struct):
    metric: dict[str, str] = {}  # msgspec makes each its own
    values: list[tuple[float, str]] = []


class _Data(msgspec.Struct):
    resultType: str = ""  # noqa: N815 - Prometheus's name
    result: list[Any] = []


class _Document(msgspec.Struct):
    status: str = ""
    data: _Data | None = None
    error: str = ""
    warnings: list[str] = []
    infos: list[str] = []


def _document(body: bytes) -> _Document:
    try:
        return msgspec.json.decode(body, type=_Document)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotAnAnswer("the answer is no JSON of a Prometheus") from error


def _series(result: Any) -> Samples:
    try:
        told = msgspec.convert(result, _Result)
        times_s = [time_s for time_s, _ in told.values]
        values = [float(value) for _, value in told.values]
    except (msgspec.MsgspecError, ValueError) as error:
        raise NotAnAnswer("a series of the answer has no samples") from error
    if not all(0 <= each < END_S for each in times_s):
        raise NotAnAnswer("a sample of the answer has no time")
    return samples_of(tuple(sorted(told.metric.items())), times_s, values)
