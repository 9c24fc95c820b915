"""All backends that requests are forwarded to, each in a thread of its own."""

import threading
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final, Protocol

from correlator.errors import SettingsError
from correlator.pipeline.exporter import ExporterContext, Spool
from exporters.delivery import Bounds, Breaker, Costs, DeadLetters, RequestSource, Sender, Target
from exporters.otlp.grpc_sender import GrpcSender
from exporters.otlp.http_sender import HttpSender

PREFIX: Final = "otlp/"  # of the names by which the log is held


class TargetSettings(Protocol):
    """What settings.forward.ForwardTarget has."""

    name: str
    endpoint: str
    protocol: str
    signals: Sequence[str]
    gzip: bool
    ca_file: Any
    timeout: float

    def read_headers(self) -> Mapping[str, str]: ...


class OtlpExporter:
    """Forwards to all targets; who does not answer keeps nobody else waiting."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = tuple(targets)

    def run(self, stop: threading.Event) -> None:
        """Forward until `stop` is set."""
        threads = [
            threading.Thread(target=each.run, args=(stop,), name=f"forward {each.name}") for each in self.targets
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def describe(self) -> str:
        return "; ".join(each.describe() for each in self.targets)


def make_exporter(settings: Mapping[str, Any], context: ExporterContext) -> OtlpExporter | None:
    """Of the section `forward`; None where no target is set: the log is held for nobody then. Raises SettingsError."""
    given: Sequence[TargetSettings] = settings["targets"]
    if context.spool is None:
        if given:
            raise SettingsError("forward.targets needs a store that keeps requests; this one does not")
        return None
    names = {PREFIX + target.name for target in given}
    for name in context.spool.requests.holds():
        if name.startswith(PREFIX) and name not in names:
            context.spool.requests.release(name)
    if not given:
        return None
    letters = DeadLetters(context.spool.folder)
    costs = _costs(settings)
    return OtlpExporter([_target(each, costs, letters, context.spool, context) for each in given])


def _target(
    given: TargetSettings, costs: Costs, letters: DeadLetters, spool: Spool, context: ExporterContext
) -> Target:
    source = RequestSource(spool.requests, PREFIX + given.name, given.signals)
    breaker = Breaker(Random())
    return Target(given.name, source, _sender(given), letters, context.metrics, costs, breaker, spool.has_room)


def _sender(given: TargetSettings) -> Sender:
    given.read_headers()  # what cannot be read ends the start
    make = GrpcSender if given.protocol == "grpc" else HttpSender
    try:
        return make(
            given.endpoint, given.read_headers, is_gzip=given.gzip, timeout_s=given.timeout, ca_file=given.ca_file
        )
    except OSError as error:
        file = f"forward.targets: {given.name}: ca_file = {str(given.ca_file)!r}"
        raise SettingsError(f"{file}: {error}; name certificates as PEM") from error


def _costs(settings: Mapping[str, Any]) -> Costs:
    return Costs(
        Bounds(settings["waiting_size"], settings["waiting_age"]),
        settings["batch"],
        Bounds(settings["dead_letter_size"], settings["dead_letter_age"]),
    )
