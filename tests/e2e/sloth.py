"""A real Sloth, given our objectives."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from correlator.model.objective import Objective, RecordSource
from correlator.slo.rule_files.names import ALERT, EVENTS_COUNTER, GOOD_COUNTER, OBJECTIVE
from tests.e2e.peers import SCRIPTS_VARIABLE, installed
from tests.e2e.promtool import write_yaml

WHY_SKIPPED = f"{SCRIPTS_VARIABLE} is not set: it names the folder of the script that installs Sloth"
WINDOW = "{{.window}}"


def sloth_rules(folder: Path, spec: Mapping[str, Any], period_days: int) -> list[dict[str, Any]]:
    """The groups that Sloth writes for a spec. Raises CalledProcessError."""
    out = folder / "sloth.rules.yaml"
    command = [installed("install-sloth.sh", "sloth"), "generate", "-i", write_yaml(folder / "sloth.yaml", spec)]
    command += ["-o", out, f"--default-slo-period={period_days}d"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    groups: list[dict[str, Any]] = yaml.safe_load(out.read_text(encoding="utf-8"))["groups"]
    return groups


def spec_of(objective: Objective, service: str = "") -> dict[str, Any]:
    """The objective, over the engine's counters, as Sloth would be asked for it."""
    assert isinstance(objective.source, RecordSource)
    total, good = (
        f'sum(rate({counter}{{{OBJECTIVE}="{objective.id}"}}[{WINDOW}]))' for counter in (EVENTS_COUNTER, GOOD_COUNTER)
    )
    slo = {
        "name": objective.name,
        "objective": float(f"{objective.target * 100:.10g}"),
        "labels": dict(objective.labels),
        "sli": {"events": {"error_query": f"{total} - {good}", "total_query": total}},
        "alerting": {"name": ALERT},
    }
    return {"version": "prometheus/v1", "service": service or objective.service, "slos": [slo]}


def several(name: str, targets: list[float]) -> dict[str, Any]:
    """An SLO of OpenSLO, as Sloth reads it (v1alpha), with these objectives."""
    queries = {
        key: {"source": "prometheus", "queryType": "promql", "query": f"sum(rate({key}[{WINDOW}]))"}
        for key in ("good", "total")
    }
    return {
        "apiVersion": "openslo/v1alpha",
        "kind": "SLO",
        "metadata": {"name": name, "displayName": name},
        "spec": {
            "service": "bridge",
            "budgetingMethod": "Occurrences",
            "objectives": [{"target": target, "ratioMetrics": queries} for target in targets],
            "timeWindows": [{"count": 30, "unit": "Day", "isRolling": True}],
        },
    }
