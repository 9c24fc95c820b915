"""An SLI to a source: our records, or queries of Prometheus."""

from dataclasses import dataclass
from typing import Final, cast, get_args

from correlator.model.objective import (
    Events,
    Failing,
    Kind,
    PrometheusCounts,
    PrometheusRatio,
    RecordSource,
    Source,
)
from correlator.rule_text.mistake import Mistake
from correlator.rule_text.yaml_fields import Fields, boolean, one_of, words
from correlator.slo.openslo.header import METADATA_KEYS
from correlator.slo.openslo.parts import Parts, part_fields
from correlator.slo.openslo.scalars import duration_s, equal_to, glob

SLI_KEYS: Final = ("description", "thresholdMetric", "ratioMetric")
_RATIO_KEYS: Final = ("counter", "good", "bad", "total", "rawType", "raw")
_SOURCE_KEYS: Final = ("metricSourceRef", "type", "spec")
_RECORD_KEYS: Final = (
    "events",
    "system",
    "service",
    "operation",
    "workflow",
    "attributes",
    "failing",
    "per_workflow",
    "every",
)
_LATENCY_KEYS: Final = ("measure", *_RECORD_KEYS)
_RECORDS: Final = "correlator"
_PROMETHEUS: Final = "Prometheus"
_TYPES: Final = (_RECORDS, _PROMETHEUS)
_SYSTEMS: Final = ("n8n", "bridge", "worker", "other")
_QUERY: Final = 8_192  # characters


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured. Of latency, the threshold is still to be put in."""

    source: Source
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Metric:
    type: str
    spec: Fields


class IndicatorReader:
    """Reads SLIs for one SLO: mistakes go to its list, wherever they are written."""

    def __init__(self, parts: Parts, mistakes: list[Mistake]) -> None:
        self._parts = parts
        self._mistakes = mistakes

    def read(self, fields: Fields) -> Indicator | None:
        """The SLI at `indicator` or `indicatorRef`; None where there is none, or it is wrong."""
        if "indicator" in fields and "indicatorRef" in fields:
            fields.wrong("indicator and indicatorRef are both given; keep one", "indicatorRef")
        if "indicatorRef" in fields:
            part = self._parts.named("SLI", "indicatorRef", fields)
            return None if part is None else self._sli(part_fields(part, "the SLI", SLI_KEYS, self._mistakes))
        indicator = fields.inner("indicator", ("metadata", "spec"))
        if indicator is None:
            return None
        indicator.inner("metadata", METADATA_KEYS)
        spec = indicator.needed("spec", SLI_KEYS)
        return None if spec is None else self._sli(spec)

    def _sli(self, spec: Fields) -> Indicator | None:
        if ("thresholdMetric" in spec) == ("ratioMetric" in spec):
            if spec.lacks("thresholdMetric") and spec.lacks("ratioMetric"):
                spec.wrong("the SLI measures nothing; give it a ratioMetric or a thresholdMetric")
            elif "thresholdMetric" in spec:
                spec.wrong("thresholdMetric and ratioMetric are both given; keep one", "thresholdMetric")
            return None
        return self._threshold(spec) if "thresholdMetric" in spec else self._ratio(spec)

    def _threshold(self, spec: Fields) -> Indicator | None:
        metric = self._metric(spec, "thresholdMetric", _LATENCY_KEYS)
        if metric is None:
            return None
        if metric.type != _RECORDS:
            spec.wrong("of Prometheus, give a histogram's good and total under ratioMetric", "thresholdMetric")
            return None
        metric.spec.required("measure", equal_to("duration_ms", "needs duration_ms"))
        source = _records(metric.spec)
        return None if source is None else Indicator(source, "latency")

    def _ratio(self, spec: Fields) -> Indicator | None:
        ratio = spec.inner("ratioMetric", _RATIO_KEYS)
        assert ratio is not None
        counts = [key for key in ("good", "bad", "total") if key in ratio]
        if "raw" in ratio and counts:
            ratio.wrong(f"raw and {counts[0]} are both given; keep one", counts[0])
            return None
        return self._raw(ratio) if "raw" in ratio else self._counted(ratio)

    def _raw(self, ratio: Fields) -> Indicator | None:
        raw_type = ratio.required("rawType", one_of(("success", "failure"), "rawType"))
        metric = self._metric(ratio, "raw", _RECORD_KEYS)
        if metric is None or raw_type is None:
            return None
        is_bad = raw_type == "failure"
        source = _records(metric.spec) if metric.type == _RECORDS else _prometheus_ratio(metric.spec, is_bad)
        return None if source is None else Indicator(source, _kind(is_bad))

    def _counted(self, ratio: Fields) -> Indicator | None:
        if "good" in ratio and "bad" in ratio:
            ratio.wrong("good and bad are both given; keep one", "bad")
        if not ("good" in ratio or "bad" in ratio) or "total" not in ratio:
            ratio.wrong("a ratio needs total with good or bad, or raw with rawType")
            return None
        is_bad = "bad" in ratio
        total = self._query(ratio, "total")
        part = self._query(ratio, "bad" if is_bad else "good")
        is_counter = ratio.required("counter", boolean)
        if total is None or part is None or is_counter is None:
            return None
        return Indicator(PrometheusCounts(total, part, is_bad, is_counter), _kind(is_bad))

    def _query(self, ratio: Fields, key: str) -> str | None:
        metric = self._metric(ratio, key, _RECORD_KEYS)
        if metric is None:
            return None
        if metric.type == _RECORDS:
            ratio.wrong("type correlator counts good and total events itself; write it under raw, with rawType", key)
            return None
        return metric.spec.required("query", words(_QUERY))

    def _metric(self, fields: Fields, key: str, record_keys: tuple[str, ...]) -> _Metric | None:
        metric = fields.inner(key, ("metricSource",))
        source = metric.needed("metricSource", _SOURCE_KEYS) if metric is not None else None
        if source is None:
            return None
        metric_type = self._type(source)
        if metric_type is None:
            return None
        spec = source.needed("spec", record_keys if metric_type == _RECORDS else ("query",))
        return None if spec is None else _Metric(metric_type, spec)

    def _type(self, source: Fields) -> str | None:
        """Of the source itself, or of the DataSource that it names."""
        if "type" in source or "metricSourceRef" not in source:
            return source.required("type", one_of(_TYPES, "type"))
        part = self._parts.named("DataSource", "metricSourceRef", source)
        if part is None:
            return None
        keys = ("description", "type", "connectionDetails")
        return part_fields(part, "the DataSource", keys, self._mistakes).required("type", one_of(_TYPES, "type"))


def _prometheus_ratio(spec: Fields, is_bad: bool) -> PrometheusRatio | None:
    query = spec.required("query", words(_QUERY))
    return None if query is None else PrometheusRatio(query, is_bad)


def _records(spec: Fields) -> RecordSource | None:
    events = spec.required("events", one_of(get_args(Events), "events"))
    failing = spec.several("failing", one_of(get_args(Failing), "way of failing")) or ("failed",)
    per_workflow = spec.optional("per_workflow", boolean) or False
    if events is None:
        return None
    if events != "executions" and set(failing) - {"failed"}:
        spec.wrong("only executions fail in silence; of other events, leave out failing", "failing")
    if events != "executions" and per_workflow:
        spec.wrong("only executions are of one workflow each; leave out per_workflow", "per_workflow")
    if "every" in spec and "missed_run" not in failing:
        spec.wrong("every says when a run is missed; add missed_run to failing, or leave it out", "every")
    return RecordSource(
        events=cast(Events, events),
        system=spec.optional("system", one_of(_SYSTEMS, "system")) or "*",
        service=spec.optional("service", glob) or "*",
        operation=spec.optional("operation", glob) or "*",
        workflow=spec.optional("workflow", glob) or "*",
        attributes=spec.texts("attributes"),
        failing=cast(tuple[Failing, ...], failing),
        per_workflow=per_workflow,
        run_interval_s=spec.optional("every", duration_s),
    )


def _kind(is_bad: bool) -> Kind:
    return "error_ratio" if is_bad else "availability"
