"""correlator doctor: can the engine work here, and if not, what to do."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from correlator.cli.exits import ExitCode
from correlator.cli.options import AsJson, ConfigFile, DataDir

if TYPE_CHECKING:
    from correlator.cli.checks.check import Check
    from correlator.settings import Settings

STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    config: ConfigFile = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Check Python, libraries, settings, objectives, ports, disk, clock, data folder; says what to do about each.

    n8n, Elasticsearch, Kibana, Kafka and targets of forwarding are asked where the settings name them; nothing is written there,
    and who does not answer is waited for 20 seconds at most.
    """
    from correlator.cli.checks.check import Verdict
    from correlator.cli.printing import print_json, stdout

    checks = list(run_checks(config, data_dir))
    failed = any(check.verdict is Verdict.FAIL for check in checks)
    if as_json:
        print_json({"ok": not failed, "checks": checks})
    else:
        stdout().print(_view(checks))
    if failed:
        raise typer.Exit(ExitCode.FOUND_PROBLEM)


def run_checks(config: Path | None, data_dir: Path | None) -> "Iterator[Check]":
    """Every check, software first: without it the others cannot run."""
    from correlator.cli.checks.check import Verdict
    from correlator.cli.checks.software import check_libraries, check_python

    yield check_python()
    libraries = check_libraries()
    yield libraries
    if libraries.verdict is not Verdict.FAIL:
        yield from _check_settings(config, data_dir)


def _check_settings(config: Path | None, data_dir: Path | None) -> "Iterator[Check]":
    from correlator.cli.checks.check import Check, Verdict
    from correlator.errors import SettingsError
    from correlator.settings import load_settings

    try:
        settings = load_settings(config, {"data_dir": data_dir} if data_dir is not None else None)
        settings.listen.bearer_token()
    except SettingsError as error:
        yield Check("settings", Verdict.FAIL, str(error), "correct it, and run doctor again")
        return
    yield Check("settings", Verdict.OK, f"read from {config}" if config else "no file; defaults and environment")
    yield from _check_machine(settings)


def _check_machine(settings: "Settings") -> "Iterator[Check]":
    from correlator.cli.checks.clock import check_clock
    from correlator.cli.checks.data_folder import check_data_folder
    from correlator.cli.checks.disk import check_room, check_sync
    from correlator.cli.checks.objectives import check_objectives
    from correlator.cli.checks.ports import check_ports

    yield check_objectives(settings)
    yield from check_ports(settings.listen.addresses())
    if settings.store.kind == "segments":  # else all is in the cluster, which is asked below
        yield check_room(settings.data_dir, settings.store.min_free)
        yield check_sync(settings.data_dir)
        yield check_data_folder(settings.data_dir)
    yield check_clock()
    yield from _check_servers(settings)


def _check_servers(settings: "Settings") -> "Iterator[Check]":
    from correlator.cli.checks.elasticsearch import check_elasticsearch
    from correlator.cli.checks.forward import check_target
    from correlator.cli.checks.kafka import check_kafka
    from correlator.cli.checks.kibana import check_kibana
    from correlator.cli.checks.n8n import check_n8n
    from correlator.cli.checks.servers import check_servers

    targets = {f"forward {each.name}": partial(check_target, each) for each in settings.forward.targets}
    yield from check_servers(
        {
            "n8n": partial(check_n8n, settings.n8n),
            "elasticsearch": partial(check_elasticsearch, settings),
            "kibana": partial(check_kibana, settings.kibana),
            "kafka": partial(check_kafka, settings.kafka),
            **targets,
        }
    )


def _view(checks: "list[Check]") -> RenderableType:
    """What was seen may be a server's words: it is shown without what steers a terminal."""
    from correlator.console import plain

    lines: list[RenderableType] = []
    for check in checks:
        verdict = (f"{check.verdict:<4}", STYLES[check.verdict])
        lines.append(Text.assemble(verdict, " ", (check.name, "bold"), ": ", plain(check.seen)))
        if check.remedy:
            lines.append(plain(f"     -> {check.remedy}"))
    return Group(*lines)
