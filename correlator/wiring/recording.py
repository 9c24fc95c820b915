"""Bytes to durable records: limits, which system a resource is of, the decoder, the recorder."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from correlator.correlate.systems import SystemRule, system_of
from correlator.doors.decode_processes import DecodeProcesses
from correlator.doors.otlp_decode import Decoded, decode
from correlator.model.limits import Limits, Rejection
from correlator.model.tables import Tables
from correlator.pipeline.exporter import Spool
from correlator.pipeline.recent_tables import RecentTables
from correlator.pipeline.record import Recorder
from correlator.settings import Settings
from correlator.store.contract import Frame, Writer
from correlator.telemetry.metrics import EngineMetrics

RECENT_BYTES: Final = 32 * 2**20
"""Of requests and their tables: some seconds of 10,000 spans a second; an exporter that is up gets to them within two."""


def make_limits(settings: Settings) -> Limits:
    """The limits of requests and records."""
    given = settings.limits
    return Limits(
        body_bytes=given.body,
        inflated_bytes=given.inflated,
        records_per_request=given.records_per_request,
        attributes_per_record=given.attributes_per_record,
        value_bytes=given.value,
        nesting_depth=given.nesting_depth,
        future_skew_s=given.future_skew,
        past_skew_s=given.past_skew,
    )


def make_rules(settings: Settings) -> tuple[SystemRule, ...]:
    """Which resource belongs to which system."""
    return tuple(SystemRule(rule.system, rule.attribute, rule.pattern) for rule in settings.systems)


def make_decode(settings: Settings, limits: Limits | None = None) -> Callable[[Frame], Decoded]:
    """The decoder with this engine's limits and system rules: pure, and the same for doors and replay."""
    given = limits or make_limits(settings)
    return partial(decode, limits=given, system_of=partial(system_of, rules=make_rules(settings)))


def make_decode_processes(settings: Settings) -> DecodeProcesses | None:
    """The same decoder in `record.decode_processes` processes; None where it is to decode in this one."""
    count = settings.record.decode_processes
    return DecodeProcesses(count, make_limits(settings), make_rules(settings)) if count else None


def decoding_once(decode_frame: Callable[[Frame], Decoded], spool: Spool) -> tuple[Callable[[Frame], Decoded], Spool]:
    """The decoder of the doors, and what exporters read from: these get what was decoded a short time ago as it was then."""
    recent = RecentTables(RECENT_BYTES)

    def decode_and_keep(frame: Frame) -> Decoded:
        decoded = decode_frame(frame)
        recent.keep(frame, decoded.tables)
        return decoded

    return decode_and_keep, replace(spool, decode=recent.or_decode(spool.decode))


def make_recorder(
    settings: Settings,
    writer: Writer,
    decode_frame: Callable[[Frame], Decoded],
    metrics: EngineMetrics,
    hear: Callable[[Tables], None] = lambda recorded: None,
) -> Recorder:
    """The recorder, as many threads as there are processes to decode in. `hear` is told what has become durable."""

    def decode_for_recorder(frame: Frame) -> tuple[Tables, tuple[Rejection, ...]]:
        decoded = decode_frame(frame)
        return decoded.tables, decoded.rejections

    given = settings.record
    threads = max(1, given.decode_processes)
    return Recorder(
        writer, decode_for_recorder, metrics, max_bytes_in_flight=given.bytes_in_flight, threads=threads, hear=hear
    )
